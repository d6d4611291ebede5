"""The provisioning connection of the Amazon Chime app and what it may do there.

[Okta: Application connections, Application features] By API Okta sets up the connections of a few named apps only, and
Amazon Chime's is none of them: its administrators use the Admin Console. Here it can be done by API all the same,
unless the setting `okta_connection_apps` leaves the app out; then the connection's status is UNKNOWN, changes are
refused, and `connect` does what the Admin Console does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.chime import scim
from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.protocol import (
    Reply,
    Request,
    blank,
    invalid,
    not_found,
    read_object,
    read_text,
)
from chimeform.sandbox.okta.world import apps, find_app, stamp
from chimeform.sandbox.store import Record

NO_CONNECTION: Mapping[str, Any] = {
    "Connection": {"status": "DISABLED", "digest": None},
    "Features": {"create": False, "profile": False, "deactivate": False},
}
"""What a new app that can provision starts with. Of a token only the digest is kept."""

USER_PROVISIONING = "USER_PROVISIONING"


def get_connection(ctx: Context, request: Request) -> Reply:
    return Reply(_show_connection(ctx, find_app(ctx, request.labels["app"]), request))


def set_connection(ctx: Context, request: Request) -> Reply:
    """Take the app's token, which Amazon Chime must accept, and enable the connection where `activate` says so."""
    record = _find_connecting(ctx, request)
    profile = read_object(request.body, "profile")
    scheme = read_text(profile, "authScheme", longest=100)
    if scheme != "TOKEN":
        raise blank("authScheme") if not scheme else invalid("authScheme", "authScheme: the app takes TOKEN only")
    token = read_text(profile, "token", longest=1_000)
    if not token:
        raise blank("token")
    before: str = record["Connection"]["status"]
    status = "ENABLED" if request.flag("activate", default=False) else before
    record = _put_token(ctx, record, token, status)
    return Reply(_show_connection(ctx, record, request))


def activate_connection(ctx: Context, request: Request) -> Reply:
    record = _find_connecting(ctx, request)
    if record["Connection"]["digest"] is None:
        raise invalid("token", "The connection has no token yet")
    _put(ctx, {**record, "Connection": {**record["Connection"], "status": "ENABLED"}})
    return Reply(status=204)


def deactivate_connection(ctx: Context, request: Request) -> Reply:
    record = _find_connecting(ctx, request)
    _put(ctx, {**record, "Connection": {**record["Connection"], "status": "DISABLED"}})
    return Reply(status=204)


def list_features(ctx: Context, request: Request) -> Reply:
    return Reply([_show_feature(_find_enabled(ctx, request), request)])


def get_feature(ctx: Context, request: Request) -> Reply:
    return Reply(_show_feature(_find_enabled(ctx, request), request))


def update_feature(ctx: Context, request: Request) -> Reply:
    """Change what is named; the rest stays [Okta: Update a feature]. Passwords are never pushed to Amazon Chime."""
    record = _find_enabled(ctx, request)
    create, update = (read_object(request.body, name) for name in ("create", "update"))
    wanted = {
        "create": read_object(create, "lifecycleCreate"),
        "profile": read_object(update, "profile"),
        "deactivate": read_object(update, "lifecycleDeactivate"),
    }
    features = dict(record["Features"])
    for name, given in wanted.items():
        status = read_text(given, "status", longest=20)
        if status not in ("", "ENABLED", "DISABLED"):
            raise invalid("status", "status: must be ENABLED or DISABLED")
        if status:
            features[name] = status == "ENABLED"
    record = {**record, "Features": features}
    _put(ctx, record)
    return Reply(_show_feature(record, request))


def connect(ctx: Context, app_id: str, token: str) -> None:
    """What an administrator does on the app's Provisioning pages: take the token, enable everything "To App"."""
    record = find_app(ctx, app_id)
    if "Connection" not in record:
        raise invalid("app", "The app does not support provisioning")
    record = {**record, "Features": dict.fromkeys(record["Features"], True)}
    _put_token(ctx, record, token, "ENABLED")


def _put_token(ctx: Context, record: Record, token: str, status: str) -> Record:
    """Okta tries the token before it keeps it. The code of the refusal is not published."""
    if scim.find_account(ctx, scim.digest_of(token)) is None:
        raise invalid("token", "Error authenticating: Amazon Chime does not accept the token")
    record = {**record, "Connection": {"status": status, "digest": scim.digest_of(token)}}
    _put(ctx, record)
    return record


def _put(ctx: Context, record: Record) -> None:
    app = {**record["App"], "lastUpdated": stamp(ctx)}
    apps(ctx).put(app["id"], {**record, "App": app})
    delivery.push_app(ctx, app["id"])


def _find_connecting(ctx: Context, request: Request) -> Record:
    record = find_app(ctx, request.labels["app"])
    if not _is_offered(ctx, record):
        raise invalid("connection", "The provisioning connection of this app cannot be set up by API")
    return record


def _find_enabled(ctx: Context, request: Request) -> Record:
    """An app with features; asking before provisioning is enabled is an error [Okta: List all features]."""
    if request.labels.get("feature", USER_PROVISIONING) != USER_PROVISIONING:
        raise not_found(request.labels["feature"], "ApplicationFeature")
    record = _find_connecting(ctx, request)
    if record["Connection"]["status"] != "ENABLED":
        raise invalid("provisioning", "Provisioning is not enabled for the app")
    return record


def _is_offered(ctx: Context, record: Record) -> bool:
    return "Connection" in record and record["App"]["name"] in ctx.settings.okta_connection_apps


def _show_connection(ctx: Context, record: Record, request: Request) -> dict[str, Any]:
    own = f"apps/{record['App']['id']}/connections/default"
    links: dict[str, Any] = {"self": {"href": request.link(own), "hints": {"allow": ["GET", "POST"]}}}
    if not _is_offered(ctx, record):
        return {"authScheme": "UNKNOWN", "status": "UNKNOWN", "profile": {"authScheme": "UNKNOWN"}, "_links": links}
    status = record["Connection"]["status"]
    turn = "deactivate" if status == "ENABLED" else "activate"
    links[turn] = {"href": request.link(f"{own}/lifecycle/{turn}"), "hints": {"allow": ["POST"]}}
    return {"authScheme": "TOKEN", "status": status, "profile": {"authScheme": "TOKEN"}, "_links": links}


def _show_feature(record: Record, request: Request) -> dict[str, Any]:
    status = {name: "ENABLED" if on else "DISABLED" for name, on in record["Features"].items()}
    own = f"apps/{record['App']['id']}/features/{USER_PROVISIONING}"
    return {
        "name": USER_PROVISIONING,
        "status": "ENABLED",
        "description": "User provisioning settings from Okta to a downstream application",
        "capabilities": {
            "create": {"lifecycleCreate": {"status": status["create"]}},
            "update": {
                "profile": {"status": status["profile"]},
                "lifecycleDeactivate": {"status": status["deactivate"]},
                "password": {"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"},
            },
        },
        "_links": {"self": {"href": request.link(own), "hints": {"allow": ["GET", "PUT"]}}},
    }
