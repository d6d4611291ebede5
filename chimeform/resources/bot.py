"""A chatbot of an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..address import Address
from ..live import Observed, Values
from .base import (
    ID,
    PARENT,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    Detail,
    Fixed,
    Listing,
    Made,
    NaturalKey,
    Objection,
    Of,
    OneOff,
    Ref,
    Resets,
    Resource,
    Scope,
    Shown,
    Transition,
    Wire,
)
from .enterprise import ENTERPRISE_GATE, needs_enterprise
from .secret_store import Store, place_text
from .values import fault

MOST_BOTS = 10
TOKENS = "bot-tokens"
"""The border that carries tokens between bots and stores."""
_FIXED = "a bot keeps its name and its e-mail address for life, and cannot be deleted"


def _without_suffix(name: str) -> str:
    """The service shows some names as `HelpDesk (Bot)` [awscli: create-bot]."""
    return name.removesuffix(" (Bot)")


def _domain_of(email: str) -> str:
    return email.rpartition("@")[2]


class Events(BaseModel):
    """Where a bot's events go: exactly one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    https: Annotated[
        str | None, Field(pattern=r"^https?://\S+$", description="An HTTPS endpoint; it must answer the challenge.")
    ] = None
    lambda_: Annotated[
        str | None,
        Field(
            alias="lambda",
            pattern=r"^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:\S+$",
            description="A function's ARN.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one_target(self) -> Events:
        if (self.https is None) == (self.lambda_ is None):
            raise fault(
                "CF-BOT-006",
                "a bot's events go to exactly one place",
                why="the service takes an HTTPS endpoint or a Lambda function, never both",
                do="write either 'https' or 'lambda'",
            )
        return self


def _events_of(wire: Mapping[str, Any]) -> dict[str, str] | None:
    if wire.get("LambdaFunctionArn"):
        return {"lambda": wire["LambdaFunctionArn"]}
    if wire.get("OutboundEventsHTTPSEndpoint"):
        return {"https": wire["OutboundEventsHTTPSEndpoint"]}
    return None


class SecurityToken(BaseModel):
    """What a bot's requests are signed with. The service makes it, and shows it to whoever may read the bot."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    store: Annotated[Store, Field(description="Where the token is kept for the program behind the bot.")]


def _store_of(values: Values) -> Any:
    return (values.get("security_token") or {}).get("store")


def _shown_token(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """The place counts as the live value where the token of now is in it."""
    return {"TokenKeptAt": (wanted or known)["security_token"]} if answer["State"] == "same" else {}


def _has_no_store(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    if _store_of(values):
        return None
    return Objection(
        "CF-DO-006",
        "declares no store for its token",
        "a new token is shown on no screen, so it needs a place to go to",
        "declare one and apply: security_token: {store: {secretsmanager: NAME}}",
    )


_ROTATE = OneOff(
    "rotate-token",
    title="let bots have a new security token, and put it into their stores",
    done="has a new token, and its store has it",
    call=Call(
        "RotateSecurityToken",
        sends={"AccountId": PARENT, "BotId": ID, "Store": Made(_store_of)},
        service=TOKENS,
    ),
    source="guide: Updating chatbots",
    consequence=Consequence(
        "new-token",
        "caution",
        "requests are signed with the new token at once; a program that still checks with the old one refuses them",
        "guide: Authenticating chatbot requests",
    ),
    objects=_has_no_store,
    if_lost="run 'chimeform apply', which puts the token of now into the store, whichever it is",
)


def _target(name: str) -> Made:
    return Made(lambda values: (values.get("events") or {}).get(name))


def _must_delete_first(before: Values, after: Values) -> bool:
    """The service does not turn one kind of target into the other [botocore chime PutEventsConfiguration]."""
    old: Mapping[str, str] = before.get("events") or {}
    new: Mapping[str, str] = after.get("events") or {}
    return bool(old) and old.keys() != new.keys()


class Bot(Resource, kind="bot", path="accounts.*.bots.*"):
    """A chatbot. An Enterprise account has at most ten, for ever: a bot can be disabled but not deleted."""

    display_name: Annotated[
        str,
        Field(pattern=r"^\S(.{0,53}\S)?$", description="1 to 55 letters, digits and special characters."),
        Wire("DisplayName", of=_without_suffix),
        Fixed(_FIXED),
        NaturalKey(),
    ]
    domain: Annotated[
        str,
        Field(
            pattern=r"^\S+\.\S+$",
            description="A domain that the account has claimed; part of the bot's e-mail address.",
        ),
        Wire("BotEmail", of=_domain_of),
        Ref("domain", optional=True),
        Fixed(_FIXED),
        NaturalKey(fold=True),
    ]
    disabled: Annotated[
        bool, Wire("Disabled"), Field(description="People who mention a disabled bot get an error.")
    ] = False
    events: Annotated[
        Events | None,
        Wire("EventsConfiguration", of=_events_of),
        Resets(None),
        Shown(lambda events: next(iter(events.values()))),
        Field(description="Where invitations and mentions are sent. Without it the bot cannot be added to a room."),
    ] = None
    security_token: Annotated[
        SecurityToken | None,
        Wire("TokenKeptAt"),  # no member of the service's: the token itself is never looked at
        Shown(lambda token: place_text(token["store"])),
        Field(description="Keeps the bot's token in a store. It is compared there, and no other place ever holds it."),
    ] = None

    one_offs = (_ROTATE,)
    retire_means = "disabled; bots cannot be deleted"
    gates = (ENTERPRISE_GATE,)
    api = Api(
        service="chime",
        # every read of a bot holds its security token; only the members named here are ever looked at
        listing=(Listing("ListBots", items="Bots", sends={"AccountId": PARENT}, page_size=99),),
        details=(
            Detail(
                "GetEventsConfiguration",
                sends={"AccountId": PARENT, "BotId": ID},
                fields=("events",),
                member="EventsConfiguration",
                into="EventsConfiguration",
                absent_is_empty=True,
            ),
            Detail(
                "CompareSecurityToken",
                sends={"AccountId": PARENT, "BotId": ID, "Store": Made(_store_of)},
                fields=("security_token",),
                service=TOKENS,
                when=lambda values: bool(_store_of(values)),
                shows=_shown_token,
            ),
        ),
        id="BotId",
        # a bot without an endpoint cannot be added to a room [guide: Integrating chatbots]
        ready_after=("PutEventsConfiguration", "UpdateBot"),
        create=Call(
            "CreateBot",
            sends={"AccountId": PARENT, "DisplayName": Of("display_name"), "Domain": Of("domain")},
            sets=("display_name", "domain"),
            id_in="Bot.BotId",
        ),
        updates=(
            Call(
                "DeleteEventsConfiguration",
                sends={"AccountId": PARENT, "BotId": ID},
                clears=("events",),
                when=_must_delete_first,
            ),
            Call(
                "PutEventsConfiguration",
                sends={
                    "AccountId": PARENT,
                    "BotId": ID,
                    "OutboundEventsHTTPSEndpoint": _target("https"),
                    "LambdaFunctionArn": _target("lambda"),
                },
                sets=("events",),
            ),
            Call("UpdateBot", sends={"AccountId": PARENT, "BotId": ID, "Disabled": Of("disabled")}, sets=("disabled",)),
            Call(
                "StoreSecurityToken",
                sends={"AccountId": PARENT, "BotId": ID, "Store": Made(_store_of)},
                sets=("security_token",),
                service=TOKENS,
            ),
        ),
        retire=(
            Call(
                "UpdateBot",
                sends={"AccountId": PARENT, "BotId": ID, "Disabled": True},
                sets=("disabled",),
                label="disable",
            ),
        ),
        restore=Call(
            "UpdateBot",
            sends={"AccountId": PARENT, "BotId": ID, "Disabled": False},
            sets=("disabled",),
            label="enable",
        ),
    )

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return observed.values.get("disabled") is True

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_enterprise("CF-BOT-001", "bots", address, declared)
        siblings = [other for other, _ in declared.of_kind(cls.kind) if other.parts[:2] == address.parts[:2]]
        if len(siblings) > MOST_BOTS and siblings.index(address) >= MOST_BOTS:
            yield Broken(
                "CF-BOT-002",
                f"{address}: an account has at most {MOST_BOTS} bots",
                why="disabled bots count too, because bots cannot be deleted [guide: Using chatbots]",
                do="remove this one, or use one of the others",
            )
        claimed = [other for other, _ in declared.of_kind("domain", within=Address(address.parts[:2]))]
        if claimed and not any(other.name.casefold() == spec.values()["domain"].casefold() for other in claimed):
            yield Broken(
                "CF-BOT-007",
                f"{address}.domain: {spec.values()['domain']!r} is not among the declared domains of the account",
                why="a bot's address is in a domain that the account has claimed [guide: Using chatbots]",
                do=f"declare it under 'domains', or use {claimed[0].name}",
                field="domain",
                other=claimed[0],
            )
        key = cls.natural_key(spec.values())
        twins = (other for other, same in declared.of_kind(cls.kind) if cls.natural_key(same.values()) == key)
        first = next((other for other in twins if other.parts[:2] == address.parts[:2]), address)
        if first != address:
            yield Broken(
                "CF-BOT-004",
                f"{address}: {first} has the same display name and domain",
                why="without its id a bot is recognised by its name, and the two could not be told apart",
                do="give one of them another display name",
                field="display_name",
                other=first,
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "create":
            yield Consequence(
                "bot-slot",
                "caution",
                f"uses one of the account's {MOST_BOTS} bots for ever; its name and domain cannot be changed",
                "guide: Using chatbots",
            )
        if transition.action == "retire" or (transition.changes("disabled") and transition.after.get("disabled")):
            yield Consequence(
                "bot-disabled", "caution", "people who mention it get an error", "guide: Updating chatbots"
            )
