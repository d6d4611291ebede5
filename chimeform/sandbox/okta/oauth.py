"""The settings and credentials of an OpenID Connect client. [Okta: OpenIdConnectApplicationSettingsClient]"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.okta.protocol import OktaError, blank, invalid, read_object, read_switch, read_text, read_texts

AUTHORIZATION_METHODS = frozenset({"client_secret_basic", "client_secret_jwt", "client_secret_post"})
"""Ways to authenticate at the token endpoint that need a client secret."""

_METHODS = AUTHORIZATION_METHODS | {"none", "private_key_jwt"}
_APPLICATION_TYPES = frozenset({"browser", "native", "service", "web"})
_RESPONSE_TYPES = frozenset({"code", "id_token", "token"})
_GRANT_TYPES = frozenset(
    {
        *("authorization_code", "client_credentials", "implicit", "interaction_code", "password", "refresh_token"),
        *(f"urn:ietf:params:oauth:grant-type:{name}" for name in ("device_code", "jwt-bearer", "saml2-bearer")),
        *("urn:ietf:params:oauth:grant-type:token-exchange", "urn:openid:params:grant-type:ciba"),
        *("urn:okta:params:oauth:grant-type:otp", "urn:okta:params:oauth:grant-type:oob"),
    }
)
_WITHOUT_REDIRECT = frozenset({"password", "client_credentials"})
_WITH_BROWSER = frozenset({"authorization_code", "implicit", "interaction_code"})
_CLIENT_ID = re.compile(r"[A-Za-z0-9$\-_.+!*'(),]{6,100}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def read_client(given: Mapping[str, Any]) -> dict[str, Any]:
    """`settings.oauthClient` with Okta's defaults. E0000001 for values that the API does not know."""
    kind = read_text(given, "application_type", longest=100)
    if kind not in _APPLICATION_TYPES:
        raise invalid("application_type", "application_type: must be one of browser, native, service, web")
    grants = _read_choices(given, "grant_types", _GRANT_TYPES)
    responses = _read_choices(given, "response_types", _RESPONSE_TYPES)
    redirects = read_texts(given, "redirect_uris")
    initiate = given.get("initiate_login_uri")
    for name, uri in [*(("redirect_uris", uri) for uri in redirects), ("initiate_login_uri", initiate)]:
        if uri is not None and (not isinstance(uri, str) or not _URI.fullmatch(uri)):
            raise invalid(name, f"{name}: must be an absolute URI")
    if not grants:
        raise blank("grant_types")
    if not _WITHOUT_REDIRECT & set(grants):
        for name, values in (("redirect_uris", redirects), ("response_types", responses)):
            if not values:
                raise blank(name)
    return {
        **given,
        "redirect_uris": redirects,
        "response_types": responses,
        "grant_types": grants,
        "application_type": kind,
        "initiate_login_uri": initiate,
        "consent_method": read_text(given, "consent_method", longest=100, default="TRUSTED"),
        "issuer_mode": read_text(given, "issuer_mode", longest=100, default="ORG_URL"),
        "idp_initiated_login": _read_login(read_object(given, "idp_initiated_login"), initiate, grants),
    }


def read_credentials(given: Mapping[str, Any], before: Mapping[str, Any], app_id: str) -> dict[str, Any]:
    """`credentials.oauthClient` without the secret. The client's identifier is the app's unless one was chosen."""
    client_id = before.get("client_id") or read_text(given, "client_id", longest=100, default=app_id)
    if not _CLIENT_ID.fullmatch(client_id) or client_id == "ALL_CLIENTS":
        raise invalid("client_id", "client_id: is too short or has characters that are not allowed")
    if (wanted := given.get("client_id")) not in (None, client_id):
        raise OktaError(403, "E0000078", "Cannot modify the client_id attribute because it is immutable.", str(wanted))
    method = read_text(given, "token_endpoint_auth_method", longest=100, default="client_secret_basic")
    if method not in _METHODS:
        raise invalid("token_endpoint_auth_method", "token_endpoint_auth_method: is not one that Okta knows")
    return {
        "autoKeyRotation": read_switch(given, "autoKeyRotation", default=True),
        "client_id": client_id,
        "token_endpoint_auth_method": method,
        "pkce_required": read_switch(given, "pkce_required", default=False),
    }


def _read_choices(given: Mapping[str, Any], name: str, known: frozenset[str]) -> list[str]:
    values = read_texts(given, name)
    for value in values:
        if value not in known:
            raise invalid(name, f"{name}: '{value}' is not a valid value")
    return values


def _read_login(given: Mapping[str, Any], initiate: str | None, grants: list[str]) -> dict[str, Any]:
    mode = read_text(given, "mode", longest=100, default="DISABLED")
    if mode not in ("DISABLED", "SPEC", "OKTA"):
        raise invalid("idp_initiated_login", "idp_initiated_login.mode: must be one of DISABLED, SPEC, OKTA")
    if mode != "DISABLED" and not initiate:
        raise invalid("initiate_login_uri", f"initiate_login_uri: is required for the mode {mode}")
    if mode != "DISABLED" and not _WITH_BROWSER & set(grants):
        raise invalid("grant_types", f"grant_types: the mode {mode} needs one with a browser")
    return {"mode": mode, "default_scope": read_texts(given, "default_scope")}
