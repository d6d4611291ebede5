"""A Chime account: the organisation that people, rooms and bots belong to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from ..address import Address
from ..live import Observed, Values
from .base import (
    ID,
    Api,
    Broken,
    Call,
    Consequence,
    ConsoleEvent,
    Declared,
    GateRule,
    Given,
    Listing,
    Local,
    NaturalKey,
    Objection,
    Of,
    OneOff,
    Resource,
    Scope,
    ServerDefault,
    Transition,
    Wire,
)
from .values import License, license_of, license_to


def _has_domains(observed: Observed | None, scope: Scope) -> bool:
    """Releasing the last domain turns the account back; what happens to one with a directory is not documented."""
    return observed is not None and observed.facts.get("type") == "EnterpriseLWA"


_PROVIDERS = {"EnterpriseDirectory": "Active Directory", "EnterpriseOIDC": "Okta"}


def _is_team(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    if observed.facts.get("type") != "Team":
        return None
    return Objection(
        "CF-DO-007",
        "is a Team account",
        "messages are redacted in Enterprise accounts only [guide: Deleting chat messages]",
        "claim a domain for it first: 'chimeform explain domain'",
    )


def _redact(operation: str, where: Given) -> OneOff:
    member = f"{where.name.capitalize()}Id"
    return OneOff(
        "redact",
        title="take the content of one chat message away for good",
        done="no longer has the message's content",
        call=Call(operation, sends={"AccountId": ID, member: where, "MessageId": _MESSAGE}),
        source="guide: Deleting chat messages",
        consequence=Consequence(
            "message-redaction",
            "irreversible",
            "nobody can read the message any more, and nothing brings it back",
            "guide: Deleting chat messages",
        ),
        objects=_is_team,
        if_lost="look at the message in Amazon Chime; run it again if its text is still there",
    )


_MESSAGE = Given(
    "message", "The message's id, as 'Copy message ID' in Amazon Chime gives it.", is_required=True, metavar="ID"
)
_REDACTIONS = (
    _redact(
        "RedactConversationMessage",
        Given("conversation", "The id of the conversation it is in.", is_required=True, metavar="ID"),
    ),
    _redact(
        "RedactRoomMessage",
        Given("room", "The room it is in: its id, or its address.", is_required=True, of_kind="room", metavar="ID"),
    ),
)


class Account(Resource, kind="account", path="accounts.*"):
    """An Amazon Chime account: a company, or a part of one that is administered by itself.

    Accounts are made as *Team* accounts. Claiming a domain in the console turns them into *Enterprise* accounts, and no
    API can do that [guide: Converting a Team account to an Enterprise account].
    """

    name: Annotated[
        str,
        Field(
            min_length=1, max_length=100, pattern=r"\S", description="Shown in invitation e-mails and in the console."
        ),
        Wire("Name"),
        NaturalKey(),
    ]
    type: Annotated[
        Literal["team", "enterprise"] | None,
        Local(),
        Field(description="What the account is expected to be; chimeform checks it and cannot change it."),
    ] = None
    default_license: Annotated[
        License | None,
        Wire("DefaultLicense", of=license_of, to=license_to),
        ServerDefault("pro"),
        Field(description="The licence of people who are added later. New accounts give `pro`."),
    ] = None
    authoritative: Annotated[
        tuple[Literal["users", "rooms", "bots"], ...],
        Local(),
        Field(strict=False, description="Collections in which live objects that no file names are retired too."),
    ] = ()

    one_offs = _REDACTIONS
    gates = (
        GateRule(
            name="released",
            who="operator",
            title="the domains of the account are released",
            closed=_has_domains,
            holds=("DeleteAccount",),
            steps=(
                "open https://chime.aws.amazon.com/ and choose Accounts, then the account",
                "choose Identity, Domains, and remove each domain; its people are signed out at once",
            ),
            source="guide: Deleting your account",
            overdue_after_days=7,
        ),
    )
    api = Api(
        service="chime",
        listing=(Listing("ListAccounts", items="Accounts", page_size=200),),
        id="AccountId",
        facts={
            "type": "AccountType",
            "status": "AccountStatus",
            "created": "CreatedTimestamp",
            "delegates": "SigninDelegateGroups",
        },
        fresh={"type": "Team"},
        create=Call("CreateAccount", sends={"Name": Of("name")}, sets=("name",), id_in="Account.AccountId"),
        updates=(
            Call(
                "UpdateAccount",
                sends={"AccountId": ID, "Name": Of("name"), "DefaultLicense": Of("default_license")},
                sets=("name", "default_license"),
            ),
        ),
        retire=(Call("DeleteAccount", sends={"AccountId": ID}),),
        console=(ConsoleEvent("RenameAccount", sets=("name",)),),
    )

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        return {**observed.values, "type": "team" if observed.facts.get("type") == "Team" else "enterprise"}

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        if provider := _PROVIDERS.get(observed.facts.get("type", "")):
            yield f"{provider} decides who is in this account and with which licence, so no licences are written here"
        if (status := observed.facts.get("status", "Active")) != "Active":
            yield f"the account's status is {status}, and nothing can be changed in it"

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        """People whose addresses are in no declared domain would not be members of an Enterprise account."""
        claimed = {other.name.casefold() for other, _ in declared.of_kind("domain", within=address)}
        if not claimed:
            return
        outside: dict[str, list[Address]] = {}
        for person, user in declared.of_kind("user", within=address):
            if getattr(user, "type", None) == "shared-device":
                continue  # nobody has to be known as anything for it to be made
            if (domain := person.name.rpartition("@")[2].casefold()) not in claimed:
                outside.setdefault(domain, []).append(person)
        for domain, people in outside.items():
            others = f" and {len(people) - 1} more" if len(people) > 1 else ""
            yield Broken(
                "CF-USR-006",
                f"{people[0]}{others}: {domain!r} is not among the domains of the account",
                why="only people with an address of a claimed domain become members of an Enterprise account, "
                "and a subdomain is claimed by itself [guide: Claiming a domain]",
                do=f"declare {domain} under 'domains', or use an address of {min(claimed)}",
                other=people[0],
                is_warning=True,
            )

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        live_type = transition.observed.facts.get("type") if transition.observed else None
        expected = getattr(spec, "type", None)
        if expected == "team" and live_type not in (None, "Team"):
            yield Broken(
                "CF-ACC-001",
                f"{transition.address}.type: the account is an Enterprise account ({live_type}), not a Team account",
                why="claiming a domain made it one, and no API turns it back",
                do="write 'type: enterprise', or remove the line",
                field="type",
            )
        people = [one for one in transition.remaining if "users" in one.parts]
        if transition.action == "retire" and live_type == "Team" and people:
            yield Broken(
                "CF-ACC-002",
                f"{transition.address}: {len(people)} people of no file are still in it, {people[0].name} first",
                why="a Team account can be deleted only when it is empty [guide: Deleting your account]",
                do="remove them first, or declare the account with 'authoritative: [users]', apply, and retire it then",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            until = transition.scope.now + timedelta(days=90)
            yield Consequence(
                "account-deletion",
                "irreversible",
                "all content of its users is deleted; for 90 days AWS Support can bring the account back",
                "guide: Deleting your account",
                last_undo=until.isoformat(),
            )
        if transition.action == "update" and transition.changes("name"):
            yield Consequence(
                "new-name-in-invitations",
                "notice",
                "new invitations show the new name",
                "guide: Renaming your account",
            )
