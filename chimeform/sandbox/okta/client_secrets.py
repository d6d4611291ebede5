"""Secrets of OpenID Connect clients: one comes with the app, a second one makes rotation possible.

[Okta: OAuth 2.0 client secrets] Which code answers the refusals is not published; the sandbox answers E0000001.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta.oauth import AUTHORIZATION_METHODS
from chimeform.sandbox.okta.protocol import Reply, Request, invalid, not_found, read_text
from chimeform.sandbox.okta.world import client_secrets, find_app, new_id, new_secret, stamp
from chimeform.sandbox.store import Record

_MOST = 2
_LENGTH = 64
_SHORTEST = 14


def add_secret(ctx: Context, app: Record, given: str = "", status: str = "ACTIVE") -> str | None:
    """The new secret's text; None for an app that has no use for one."""
    if not _needs_secret(app):
        return None
    if given and len(given) < _SHORTEST:
        raise invalid("client_secret", f"client_secret: must have at least {_SHORTEST} characters")
    text, now = given or new_secret(ctx, _LENGTH), stamp(ctx)
    secret = {
        "id": new_id(ctx, "ocs"),
        "status": status,
        "client_secret": text,
        "secret_hash": sha256(text.encode()).hexdigest()[:22],
        "created": now,
        "lastUpdated": now,
    }
    client_secrets(ctx).put(str(secret["id"]), {"App": app["id"], "Secret": secret})
    return text


def newest_secret(ctx: Context, app: Record) -> str | None:
    if not _needs_secret(app):
        return None
    texts = [secret["client_secret"] for secret in _secrets_of(ctx, app["id"]) if secret["status"] == "ACTIVE"]
    return texts[-1] if texts else None


def list_secrets(ctx: Context, request: Request) -> Reply:
    app = _find_client(ctx, request)
    return Reply([_show(secret, app, request) for secret in _secrets_of(ctx, app["id"])])


def create_secret(ctx: Context, request: Request) -> Reply:
    app = _find_client(ctx, request)
    if len(_secrets_of(ctx, app["id"])) >= _MOST:
        raise invalid("client_secret", f"An app has at most {_MOST} client secrets")
    status = read_text(request.body, "status", longest=20, default="ACTIVE")
    if status not in ("ACTIVE", "INACTIVE"):
        raise invalid("status", "status: must be ACTIVE or INACTIVE")
    add_secret(ctx, app, read_text(request.body, "client_secret", longest=100), status)
    return Reply(_show(_secrets_of(ctx, app["id"])[-1], app, request), status=201)


def get_secret(ctx: Context, request: Request) -> Reply:
    app = _find_client(ctx, request)
    return Reply(_show(_find(ctx, app, request), app, request))


def delete_secret(ctx: Context, request: Request) -> Reply:
    app = _find_client(ctx, request)
    secret = _find(ctx, app, request)
    if secret["status"] != "INACTIVE":
        raise invalid("status", "Only an inactive client secret can be deleted")
    client_secrets(ctx).remove(secret["id"])
    return Reply(status=204)


def activate_secret(ctx: Context, request: Request) -> Reply:
    return _put_status(ctx, request, "ACTIVE")


def deactivate_secret(ctx: Context, request: Request) -> Reply:
    """The only secret of a client cannot be deactivated [Okta]; nor, here, the only active one."""
    app = _find_client(ctx, request)
    secret = _find(ctx, app, request)
    others = [item for item in _secrets_of(ctx, app["id"]) if item["id"] != secret["id"]]
    if not any(item["status"] == "ACTIVE" for item in others):
        raise invalid("status", "The only client secret of an app cannot be deactivated")
    return _put_status(ctx, request, "INACTIVE")


def _put_status(ctx: Context, request: Request, status: str) -> Reply:
    app = _find_client(ctx, request)
    secret = {**_find(ctx, app, request), "status": status, "lastUpdated": stamp(ctx)}
    client_secrets(ctx).put(secret["id"], {"App": app["id"], "Secret": secret})
    return Reply(_show(secret, app, request))


def _needs_secret(app: Record) -> bool:
    client = app["credentials"].get("oauthClient", {})
    return client.get("token_endpoint_auth_method") in AUTHORIZATION_METHODS


def _find_client(ctx: Context, request: Request) -> Record:
    app: Record = find_app(ctx, request.labels["app"])["App"]
    if "oauthClient" not in app["credentials"]:
        raise invalid("app", "The app is no OAuth 2.0 client")
    return app


def _secrets_of(ctx: Context, app_id: str) -> list[Record]:
    return [record["Secret"] for record in client_secrets(ctx).by("app", app_id)]


def _find(ctx: Context, app: Record, request: Request) -> Record:
    for secret in _secrets_of(ctx, app["id"]):
        if secret["id"] == request.labels["secret"]:
            return secret
    raise not_found(request.labels["secret"], "OAuth2ClientSecret")


def _show(secret: Record, app: Record, request: Request) -> dict[str, Any]:
    own = f"apps/{app['id']}/credentials/secrets/{secret['id']}"
    turn = "deactivate" if secret["status"] == "ACTIVE" else "activate"
    return {**secret, "_links": {turn: {"href": request.link(f"{own}/lifecycle/{turn}"), "hints": {"allow": ["POST"]}}}}
