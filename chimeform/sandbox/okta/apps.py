"""App instances: the OpenID Connect client and the one from the integration network that provisions Amazon Chime.

[Okta: Applications API] The key name of "Amazon Chime SCIM Provisioning" in the integration network is not published;
the sandbox calls it `amazon_chime`. Also chosen: two apps may have the same label, and the default page has 20 apps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import client_secrets as secrets
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.filters import compile_filter
from chimeform.sandbox.okta.oauth import read_client, read_credentials
from chimeform.sandbox.okta.protocol import (
    OktaError,
    Reply,
    Request,
    blank,
    invalid,
    not_found,
    paginate,
    read_object,
    read_switch,
    read_text,
)
from chimeform.sandbox.okta.provisioning import NO_CONNECTION
from chimeform.sandbox.okta.world import (
    app_groups,
    app_users,
    apps,
    client_secrets,
    find_app,
    links,
    mappings,
    new_id,
    stamp,
    targets,
)
from chimeform.sandbox.store import Record

OIDC_APP = "oidc_client"
SCIM_APP = "amazon_chime"

_SCIM_LABEL = "Amazon Chime SCIM Provisioning"
_SCIM_FEATURES = ["PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION", "GROUP_PUSH"]
_FILTERED = frozenset({"id", "status", "name", "credentials.signing.kid", "settings.slo.enabled"})
_SIGN_ON_MODES = frozenset(
    {
        *("AUTO_LOGIN", "BASIC_AUTH", "BOOKMARK", "BROWSER_PLUGIN", "OPENID_CONNECT"),
        *("SAML_1_1", "SAML_2_0", "SECURE_PASSWORD_STORE", "WS_FEDERATION"),
    }
)


def list_apps(ctx: Context, request: Request) -> Reply:
    found = [record["App"] for record in apps(ctx).values()]
    if start := request.query.get("q", "").casefold():
        found = [app for app in found if any(app[name].casefold().startswith(start) for name in ("name", "label"))]
    if text := request.query.get("filter"):
        match = compile_filter(text, _FILTERED.__contains__)
        found = [app for app in found if match(app)]
    chosen, after = paginate(found, request, _id, default=20, most=200)
    return Reply([show_app(app, request) for app in chosen], after=after)


def create_app(ctx: Context, request: Request) -> Reply:
    """An OpenID Connect client comes with a secret, which this answer shows."""
    name = read_text(request.body, "name", longest=100)
    if name not in (OIDC_APP, SCIM_APP):
        raise blank("name") if not name else not_found(name, "App")
    now = stamp(ctx)
    own = {"id": new_id(ctx, "0oa"), "name": name, "created": now, "lastUpdated": now}
    own["status"] = "ACTIVE" if request.flag("activate", default=True) else "INACTIVE"
    record: Record = {"App": _read_app(request.body, own, {})}
    if name == SCIM_APP:
        record |= NO_CONNECTION
    apps(ctx).put(own["id"], record)
    shown = show_app(record["App"], request)
    given = read_text(
        read_object(read_object(request.body, "credentials"), "oauthClient"), "client_secret", longest=100
    )
    return Reply(_with_secret(shown, secrets.add_secret(ctx, record["App"], given)))


def get_app(ctx: Context, request: Request) -> Reply:
    return Reply(show_app(find_app(ctx, request.labels["app"])["App"], request))


def replace_app(ctx: Context, request: Request) -> Reply:
    """What is not named goes back to its default; id, name, status, created and lastUpdated are never taken.

    An OpenID Connect client's newest active secret is shown here as well: after creation and update it is, otherwise
    never [Okta: client_secret].
    """
    record = find_app(ctx, request.labels["app"])
    app = record["App"]
    own = {**{name: app[name] for name in ("id", "name", "created", "status")}, "lastUpdated": stamp(ctx)}
    changed = _read_app(request.body, own, app["credentials"].get("oauthClient", {}))
    apps(ctx).put(app["id"], {**record, "App": changed})
    return Reply(_with_secret(show_app(changed, request), secrets.newest_secret(ctx, changed)))


def delete_app(ctx: Context, request: Request) -> Reply:
    """Only an inactive app is deleted; with it go assignments, mappings and secrets, and nothing is pushed."""
    app = find_app(ctx, request.labels["app"])["App"]
    if app["status"] != "INACTIVE":
        raise OktaError(403, "E0000056", "Delete application forbidden.")
    for table, second in ((app_groups(ctx), "group"), (app_users(ctx), "user"), (links(ctx), "user")):
        for item in table.by("app", app["id"]):
            table.remove(f"{app['id']}/{item[second]}")
    for secret in client_secrets(ctx).by("app", app["id"]):
        client_secrets(ctx).remove(secret["Secret"]["id"])
    for mapping in mappings(ctx).by("app", app["id"]):
        mappings(ctx).remove(mapping["Mapping"]["id"])
    for target in targets(ctx).values():
        if target["app"] == app["id"]:
            targets(ctx).remove(target["id"])
    apps(ctx).remove(app["id"])
    return Reply(status=204)


def activate_app(ctx: Context, request: Request) -> Reply:
    return _put_status(ctx, request, "ACTIVE")


def deactivate_app(ctx: Context, request: Request) -> Reply:
    """An inactive app pushes nothing; what it assigned stays, and is pushed again when it is activated.

    Okta reconciles the assignments by groups then; what that does to people in Amazon Chime is not published.
    """
    return _put_status(ctx, request, "INACTIVE")


def _put_status(ctx: Context, request: Request, status: str) -> Reply:
    record = find_app(ctx, request.labels["app"])
    if record["App"]["status"] != status:
        changed = {**record["App"], "status": status, "lastUpdated": stamp(ctx)}
        apps(ctx).put(changed["id"], {**record, "App": changed})
        delivery.push_app(ctx, changed["id"])
    return Reply({})


def show_app(app: Record, request: Request) -> dict[str, Any]:
    own = f"apps/{app['id']}"
    turn = "deactivate" if app["status"] == "ACTIVE" else "activate"
    shown = {name: {"href": request.link(f"{own}/{name}")} for name in ("users", "groups")}
    shown[turn] = {"href": request.link(f"{own}/lifecycle/{turn}")}
    return {**app, "_links": {"self": {"href": request.link(own)}, **shown}}


def _with_secret(shown: dict[str, Any], secret: str | None) -> dict[str, Any]:
    if secret is None:
        return shown
    client = {**shown["credentials"]["oauthClient"], "client_secret": secret}
    return {**shown, "credentials": {**shown["credentials"], "oauthClient": client}}


def _read_app(body: Mapping[str, Any], own: Mapping[str, Any], client: Mapping[str, Any]) -> Record:
    """The wire form. `client` is what the OAuth client's credentials were so far: its identifier never changes."""
    is_oidc = own["name"] == OIDC_APP
    mode = read_text(body, "signOnMode", longest=100, default="" if is_oidc else "AUTO_LOGIN")
    label = read_text(body, "label", longest=100, default="" if is_oidc else _SCIM_LABEL)
    if not label.strip():
        raise blank("label")
    if mode not in _SIGN_ON_MODES or (is_oidc and mode != "OPENID_CONNECT"):
        raise invalid("signOnMode", "signOnMode: is missing or not one that the app has")
    settings = read_object(body, "settings")
    app: Record = {
        **own,
        "label": label,
        "signOnMode": mode,
        "features": [] if is_oidc else list(_SCIM_FEATURES),
        "accessibility": {"selfService": False, "errorRedirectUrl": None, "loginRedirectUrl": None},
        "visibility": _read_visibility(read_object(body, "visibility")),
        "credentials": {"userNameTemplate": {"template": "${source.login}", "type": "BUILT_IN"}, "signing": {}},
        "settings": {"app": dict(read_object(settings, "app"))},
    }
    app["accessibility"] |= read_object(body, "accessibility")
    if is_oidc:
        given = read_object(read_object(body, "credentials"), "oauthClient")
        app["credentials"]["oauthClient"] = read_credentials(given, client, own["id"])
        app["settings"]["oauthClient"] = read_client(read_object(settings, "oauthClient"))
    return app


def _read_visibility(given: Mapping[str, Any]) -> dict[str, Any]:
    hide = read_object(given, "hide")
    return {
        **{name: read_switch(given, name, default=False) for name in ("autoLaunch", "autoSubmitToolbar")},
        "hide": {name: read_switch(hide, name, default=False) for name in ("iOS", "web")},
        "appLinks": dict(read_object(given, "appLinks")),
    }


def _id(app: Record) -> str:
    identifier: str = app["id"]
    return identifier
