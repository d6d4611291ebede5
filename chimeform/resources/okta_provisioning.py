"""The Okta application that brings people and groups into Amazon Chime by SCIM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ..address import Address
from ..live import Observed, Reading, Values
from .base import (
    ID,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    Detail,
    GateRule,
    Made,
    Merged,
    NaturalKey,
    Of,
    Resource,
    Scope,
    Shown,
    Sight,
    Transition,
    Wire,
)
from .by_hand import CONSOLE, ByHand, ConsoleOnly
from .okta_objects import ORG, SERVICE, changed_app, find_app, needs_okta, owns_its_label
from .secret_store import Store, place_text

_SOURCE = "guide: Connecting to Okta SSO"
_INTEGRATION = "amazon_chime"
"""The name that Okta's integration network gives the application is not published; this is the sandbox's."""

_OKTA_PAGE = f"open {CONSOLE} and choose Accounts, then {{account}}, then Identity, Okta single sign-on configuration"
_HIDDEN = "App.visibility.hide"


def _is_hidden(hide: Mapping[str, bool]) -> bool:
    return bool(hide.get("iOS")) and bool(hide.get("web"))


def _wanted(values: Values) -> dict[str, Any]:
    return {"label": values["label"], "visibility": {"hide": dict.fromkeys(("iOS", "web"), values["hidden"])}}


def _new(values: Values) -> dict[str, Any]:
    return {"name": _INTEGRATION, "signOnMode": "AUTO_LOGIN", **_wanted(values)}


def _by_api(values: Values) -> bool:
    return bool(values.get("access_key"))


def _connects(before: Values, after: Values) -> bool:
    return _by_api(after) and after.get("connected") is True


def _connects_by_hand(before: Values, after: Values) -> bool:
    return not _by_api(after) and after.get("connected") is True


def _shown_connection(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    """What only the Admin Console shows counts as nobody's word yet."""
    seen = answer["Connection"]
    if seen["status"] == "UNKNOWN":
        return {"Status": "UNKNOWN", "KeyStored": seen.get("key_stored")}
    is_on = seen["status"] == "ENABLED"
    return {
        "Status": seen["status"],
        "KeyStored": seen.get("key_stored"),
        "Connected": is_on and bool(seen.get("is_complete")),
        "AccessKey": (wanted or known).get("access_key") if is_on else None,
    }


def _key_is_missing(observed: Observed | None, scope: Scope) -> bool:
    """A key is needed once, and then again when the connection is lost. Whether there is one for an application that is
    yet to be made shows once it is made."""
    if observed is None:
        return True
    if not observed.facts.get("by_api"):
        return False
    return observed.facts.get("status") != "ENABLED" and not observed.facts.get("key_stored")


class OktaProvisioning(Resource, kind="okta_provisioning", path="accounts.*.identity.provisioning"):
    """The application "Amazon Chime SCIM Provisioning" of Okta's integration network. It is declared along with `okta`.

    It is connected with an access key of the account, which a person makes in the console. Okta offers to set up that
    connection by API for some applications only: with `access_key` chimeform does it, without it the person does
    [guide: Connecting to Okta SSO].
    """

    label: Annotated[
        str,
        Field(min_length=1, max_length=100, description="What the application is called."),
        Wire("App.label"),
        NaturalKey(),
    ] = "Amazon Chime SCIM Provisioning"
    hidden: Annotated[
        bool,
        Field(description="Hide it from people, in the portal and in Okta's mobile app: nobody signs in through it."),
        Wire(_HIDDEN, of=_is_hidden),
    ] = True
    access_key: Annotated[
        Store | None,
        Wire("AccessKey"),
        Shown(place_text),
        Field(description="Where a person puts the access key of the account, for chimeform to hand to Okta."),
    ] = None
    connected: Annotated[
        bool,
        Wire("Connected"),
        ConsoleOnly(),
        Field(description="It creates, updates and deactivates people in Amazon Chime."),
    ] = True

    implied_by = "okta"
    tells = ("by_api",)
    retire_means = "deleted in Okta, which then brings nobody into Amazon Chime any more"
    gates = (
        GateRule(
            name="access_key",
            who="operator",
            title="the account has an access key for Okta",
            closed=_key_is_missing,
            holds=("OktaUpdateProvisioningConnection", "OktaUpdateFeature"),
            steps=(
                "see that the account has the keys of the sign-in application",
                _OKTA_PAGE,
                "choose Create access key; it is shown this once",
                "put it into {access_key}, and apply",
            ),
            source=_SOURCE,
            seen_by="the secret's store",
            overdue_after_days=7,
        ),
    )
    by_hand = (
        ByHand(
            "connected",
            "the Okta application {label} is connected with the account",
            sets=("connected",),
            when=_connects_by_hand,
            holds_dependents=True,
            steps=(
                "see that the account has the keys of the sign-in application",
                _OKTA_PAGE,
                "choose Create access key; it is shown this once",
                "open the Okta Admin Console and choose Applications, Applications, {label}, then Provisioning",
                "choose Configure API integration and Enable, paste the key as the API token, test it and save",
                "under To App choose Edit and enable Create Users, Update User Attributes and Deactivate Users",
            ),
            source=_SOURCE,
        ),
    )
    api = Api(
        service=SERVICE,
        is_apart=True,
        find=(find_app(_INTEGRATION),),
        details=(
            Detail(
                "OktaDescribeProvisioning",
                sends={"Org": ORG, "AppId": ID, "Store": Made(lambda values: values.get("access_key"))},
                fields=("connected",),
                shows=_shown_connection,
            ),
        ),
        id="App.id",
        facts={"app": "App", "status": "Status", "key_stored": "KeyStored"},
        create=Call(
            "OktaCreateApplication",
            sends={"Org": ORG, "App": Made(_new)},
            sets=("label", "hidden"),
            id_in="App.id",
        ),
        updates=(
            Call(
                "OktaReplaceApplication",
                sends={
                    "Org": ORG,
                    "AppId": ID,
                    "App": Merged(lambda before, after, facts: changed_app(facts["app"], _wanted(after))),
                },
                sets=("label", "hidden"),
            ),
            Call(
                "OktaUpdateProvisioningConnection",
                sends={"Org": ORG, "AppId": ID, "Store": Of("access_key")},
                sets=("access_key",),
            ),
            Call(
                "OktaUpdateFeature",
                sends={"Org": ORG, "AppId": ID},
                sets=("connected",),
                when=_connects,
                after=("OktaUpdateProvisioningConnection",),
            ),
        ),
        retire=(
            Call("OktaDeactivateApplication", sends={"Org": ORG, "AppId": ID}),
            Call("OktaDeleteApplication", sends={"Org": ORG, "AppId": ID}),
        ),
    )

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        return replace(seen, facts={**seen.facts, "by_api": _by_api(sight.wanted or sight.known)})

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_okta(address, declared)
        yield from owns_its_label(cls.kind, address, spec, declared)

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        seen = transition.observed
        if seen is not None and seen.facts.get("status") == "UNKNOWN" and _by_api(transition.after):
            yield Broken(
                "CF-IDN-006",
                f"{transition.address}.access_key: Okta does not let this application be connected by API",
                why="Okta sets up the connections of some applications only; the others it shows in its Admin Console",
                do="remove 'access_key'; 'chimeform pending' then shows a person what to do",
                field="access_key",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            text = "people and groups of Okta no longer come into Amazon Chime, nor leave it"
            yield Consequence("provisioning-ends", "destructive", text, _SOURCE)
