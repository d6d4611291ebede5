"""The Okta application that people sign in through: an OpenID Connect client."""

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
from .by_hand import CONSOLE
from .okta_objects import ORG, SERVICE, Unordered, changed_app, find_app, needs_okta, owns_its_label
from .provider import is_connected
from .secret_store import Store, place_text

REDIRECT = "https://signin.id.ue1.app.chime.aws/auth/okta/callback"
INITIATE = "https://signin.id.ue1.app.chime.aws/auth/okta"
_SOURCE = "guide: Connecting to Okta SSO"
_INTEGRATION = "oidc_client"
_CLIENT = "App.settings.oauthClient"
_RESPONSES = {"authorization_code": ("code",), "implicit": ("token", "id_token")}
"""Which answers of the sign-in page belong to a grant type [Okta: OpenIdConnectApplicationSettingsClient]."""


def _from_either(mode: str) -> bool:
    """`SPEC` and `OKTA` are the two ways in which Okta itself may begin a sign-in."""
    return mode != "DISABLED"


def _wanted(values: Values) -> dict[str, Any]:
    """The members of the app that the fields decide."""
    responses = [answer for grant in values["grant_types"] for answer in _RESPONSES.get(grant, ())]
    login: dict[str, Any] = {"mode": "SPEC" if values["from_either"] else "DISABLED", "default_scope": []}
    client = {
        "application_type": "web",
        "redirect_uris": values["redirect_uris"],
        "initiate_login_uri": values["initiate_login_uri"],
        "grant_types": values["grant_types"],
        "response_types": responses,
        "idp_initiated_login": login,
    }
    return {"label": values["label"], "settings": {"oauthClient": client}}


def _new(values: Values) -> dict[str, Any]:
    credentials = {"oauthClient": {"token_endpoint_auth_method": "client_secret_post"}}
    return {"name": _INTEGRATION, "signOnMode": "OPENID_CONNECT", "credentials": credentials, **_wanted(values)}


def _shown_secret(answer: Mapping[str, Any], wanted: Values, known: Values) -> Mapping[str, Any]:
    return {"ClientSecret": (wanted or known)["client_secret"]} if answer["State"] == "same" else {}


def _keys_are_missing(observed: Observed | None, scope: Scope) -> bool:
    return not is_connected(scope)


def _keys_are_others(observed: Observed | None, scope: Scope) -> bool:
    """The account is connected, but to a client that is not this one: this one was made, or made again, after it."""
    if not is_connected(scope):
        return False
    return observed is None or (bool(observed.facts.get("keys_asked")) and "new_keys" not in observed.confirmed)


def _is_there(observed: Observed | None, scope: Scope) -> bool:
    return observed is not None


_KEYS = (
    f"open {CONSOLE} and choose Accounts, then {{account}}, then Identity, Okta single sign-on configuration",
    "choose Set up incoming keys",
    "as the issuer URI type {issuer}",
    "as the client ID type {client_id}",
    "as the client secret paste the one that is kept in {secret_place}",
    "save it",
)


class OktaSignIn(Resource, kind="okta_sign_in", path="accounts.*.identity.sign_in"):
    """The OpenID Connect application in Okta, set up as the guide says. It is declared along with `okta`.

    Its secret goes from Okta to the store that `client_secret` names and is shown nowhere. A person gives Amazon Chime
    the client's keys in the console [guide: Connecting to Okta SSO].
    """

    label: Annotated[
        str,
        Field(min_length=1, max_length=100, description="What the application is called."),
        Wire("App.label"),
        NaturalKey(),
    ] = "Amazon Chime"
    redirect_uris: Annotated[
        Unordered,
        Field(strict=False, min_length=1, description="Where Okta sends people back to."),
        Wire(f"{_CLIENT}.redirect_uris", of=sorted),
    ] = (REDIRECT,)
    initiate_login_uri: Annotated[
        str, Field(description="Where a sign-in begins."), Wire(f"{_CLIENT}.initiate_login_uri")
    ] = INITIATE
    grant_types: Annotated[
        Unordered,
        Field(
            strict=False,
            min_length=1,
            description="The allowed grant types. The guide wants all that there are; these every organisation has.",
        ),
        Wire(f"{_CLIENT}.grant_types", of=sorted),
    ] = ("authorization_code", "client_credentials", "implicit", "refresh_token")
    from_either: Annotated[
        bool,
        Field(description="A sign-in may begin in Okta or in the application."),
        Wire(f"{_CLIENT}.idp_initiated_login.mode", of=_from_either),
    ] = True
    client_secret: Annotated[
        Store | None,
        Wire("ClientSecret"),
        Shown(place_text),
        Field(description="Where the client's secret is kept for the person who sets up the keys."),
    ] = None

    implied_by = "okta"
    tells = ("issuer", "secret_place", "keys_asked")
    retire_means = "deleted in Okta"
    gates = (
        GateRule(
            name="incoming_keys",
            who="operator",
            title="Amazon Chime gets the keys of the Okta application {label}",
            closed=_keys_are_missing,
            holds=(),
            steps=("see that the account is an Enterprise account", *_KEYS),
            source=_SOURCE,
            seen_by="the account's type",
            overdue_after_days=7,
        ),
        GateRule(
            name="new_keys",
            who="operator",
            title="Amazon Chime gets the keys of the new Okta application {label}",
            closed=_keys_are_others,
            holds=(),
            confirmable=_is_there,
            steps=("do it soon: until then nobody signs in by Okta", *_KEYS),
            source=_SOURCE,
            overdue_after_days=1,
        ),
    )
    api = Api(
        service=SERVICE,
        is_apart=True,
        find=(find_app(_INTEGRATION),),
        details=(
            Detail(
                "OktaCompareClientSecret",
                sends={"Org": ORG, "AppId": ID, "Store": Made(lambda values: values["client_secret"])},
                fields=("client_secret",),
                when=lambda values: bool(values.get("client_secret")),
                shows=_shown_secret,
            ),
        ),
        id="App.id",
        facts={"client_id": "App.credentials.oauthClient.client_id", "app": "App"},
        create=Call(
            "OktaCreateApplication",
            sends={"Org": ORG, "App": Made(_new)},
            sets=("label", "redirect_uris", "initiate_login_uri", "grant_types", "from_either"),
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
                sets=("label", "redirect_uris", "initiate_login_uri", "grant_types", "from_either"),
            ),
            Call(
                "OktaStoreClientSecret",
                sends={"Org": ORG, "AppId": ID, "Store": Of("client_secret")},
                sets=("client_secret",),
            ),
        ),
        retire=(
            Call("OktaDeactivateApplication", sends={"Org": ORG, "AppId": ID}),
            Call("OktaDeleteApplication", sends={"Org": ORG, "AppId": ID}),
        ),
    )

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """What the steps of the keys name, and whether somebody was asked for the keys of a new client."""
        okta = sight.scope.nearest("okta") or {}
        kept = sight.wanted.get("client_secret")
        told = {
            "issuer": okta.get("issuer") or okta.get("org_url"),
            "secret_place": place_text(kept) if kept else "Okta: Applications, the application, General",
            "keys_asked": "new_keys" in sight.waiting,
        }
        return replace(seen, facts={**seen.facts, **told})

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_okta(address, declared)
        yield from owns_its_label(cls.kind, address, spec, declared)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        connected = is_connected(transition.scope)
        if transition.action == "retire":
            lost = (
                "nobody of the account can sign in by Okta any more, and the client ID and its secret are gone for good"
            )
            yield Consequence("okta-sign-in-ends", "irreversible" if connected else "notice", lost, _SOURCE)
        elif transition.action == "create" and connected:
            text = (
                "the account is connected to another client; people cannot sign in until it gets the keys of this one"
            )
            yield Consequence("new-client", "caution", text, _SOURCE)
