"""People of the organisation and their life cycle. [Okta: Users API, User lifecycle]

A password is never kept: that there is one makes a user ACTIVE, without one an activated user is PROVISIONED until she
has followed her e-mail. Chosen where Okta's pages are silent: a login is in the form of an e-mail address, `firstName`
and `lastName` may be left out, and refusals of `deactivate` are E0000038.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.filters import Match, compile_filter
from chimeform.sandbox.okta.protocol import (
    OktaError,
    Reply,
    Request,
    blank,
    invalid,
    paginate,
    read_limit,
    read_object,
    read_text,
    read_texts,
    taken,
)
from chimeform.sandbox.okta.world import app_users, find_group, find_user, memberships, new_id, new_secret, stamp, users
from chimeform.sandbox.store import Record

_NAMES = ("profile.login", "profile.email", "profile.firstName", "profile.lastName")
_FILTERED = frozenset({"id", "status", "lastUpdated", *_NAMES})
_SEARCHED = frozenset({"id", "status", "created", "activated", "statusChanged", "lastUpdated", "type.id"})
_GONE = "DEPROVISIONED"


def list_users(ctx: Context, request: Request) -> Reply:
    """Everybody but the deactivated; `filter` and `search` find those too. `q` has no pages and gives ten."""
    match = _matcher(request)
    if match is None:
        found = [user for user in users(ctx).values() if user["status"] != _GONE]
    else:
        found = [user for user in users(ctx).values() if match(user)]
    if (start := request.query.get("q", "").casefold()) and match is None:
        named = [user for user in found if _starts(user["profile"], start)]
        limit = read_limit(request, default=10, most=200)
        return Reply([show_user(user, request) for user in named[:limit]])
    chosen, after = paginate(found, request, _id, default=200, most=200)
    return Reply([show_user(user, request) for user in chosen], after=after)


def _matcher(request: Request) -> Match | None:
    if "search" in request.query and "filter" in request.query:
        problem = "Bad request. Can't specify a search query and filter in the same request."
        raise OktaError(400, "E0000033", problem)
    if text := request.query.get("search"):
        return compile_filter(text, lambda name: name in _SEARCHED or name.startswith("profile."), ignore_case=True)
    if text := request.query.get("filter"):
        return compile_filter(text, _FILTERED.__contains__)
    return None


def _starts(profile: Mapping[str, Any], start: str) -> bool:
    return any(str(profile.get(name) or "").casefold().startswith(start) for name in ("firstName", "lastName", "email"))


def create_user(ctx: Context, request: Request) -> Reply:
    profile = _read_profile(ctx, read_object(request.body, "profile"), None)
    joined = [find_group(ctx, group_id) for group_id in read_texts(request.body, "groupIds")]
    now = stamp(ctx)
    is_active = request.flag("activate", default=True)
    has_password = _has_password(request)
    status = ("ACTIVE" if has_password else "PROVISIONED") if is_active else "STAGED"
    user: Record = {
        "id": new_id(ctx, "00u"),
        "status": status,
        "created": now,
        "activated": now if is_active else None,
        "statusChanged": now if is_active else None,
        "lastLogin": None,
        "lastUpdated": now,
        "passwordChanged": now if has_password else None,
        "type": {"id": "oty1default0000000g4"},
        "profile": profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
    }
    users(ctx).put(user["id"], user)
    for group in joined:
        memberships(ctx).put(f"{group['id']}/{user['id']}", {"group": group["id"], "user": user["id"], "since": now})
    delivery.push_users(ctx, [user["id"]])
    return Reply(show_user(user, request))


def get_user(ctx: Context, request: Request) -> Reply:
    return Reply(show_user(find_user(ctx, request.labels["user"]), request))


def update_user(ctx: Context, request: Request) -> Reply:
    """Members of the profile that are not named stay as they are."""
    user = find_user(ctx, request.labels["user"])
    return _put_profile(ctx, request, user, {**user["profile"], **read_object(request.body, "profile")})


def replace_user(ctx: Context, request: Request) -> Reply:
    """Members of the profile that are not named are gone."""
    return _put_profile(ctx, request, find_user(ctx, request.labels["user"]), read_object(request.body, "profile"))


def _put_profile(ctx: Context, request: Request, user: Record, profile: Mapping[str, Any]) -> Reply:
    changed = {**user, "profile": _read_profile(ctx, profile, user["id"]), "lastUpdated": stamp(ctx)}
    if _has_password(request):
        changed["passwordChanged"] = stamp(ctx)
    users(ctx).put(user["id"], changed)
    delivery.push_users(ctx, [user["id"]])
    return Reply(show_user(changed, request))


def delete_user(ctx: Context, request: Request) -> Reply:
    """The first request deactivates, a second one deletes [Okta: Delete a user]."""
    user = find_user(ctx, request.labels["user"])
    if user["status"] != _GONE:
        _put_status(ctx, user, _GONE)
        return Reply(status=204)
    for item in memberships(ctx).by("user", user["id"]):
        memberships(ctx).remove(f"{item['group']}/{user['id']}")
    users(ctx).remove(user["id"])
    return Reply(status=204)


def activate_user(ctx: Context, request: Request) -> Reply:
    user = find_user(ctx, request.labels["user"])
    if user["status"] not in ("STAGED", _GONE):
        raise OktaError(403, "E0000016", "Activation failed because the user is already active")
    user = _put_status(ctx, user, "ACTIVE" if user["passwordChanged"] else "PROVISIONED")
    users(ctx).put(user["id"], {**user, "activated": user["statusChanged"]})
    if request.flag("sendEmail", default=True):
        return Reply({})
    token = new_secret(ctx, 20)
    return Reply({"activationToken": token, "activationUrl": f"{request.org_url}/welcome/{token}"})


def deactivate_user(ctx: Context, request: Request) -> Reply:
    user = find_user(ctx, request.labels["user"])
    if user["status"] == _GONE:
        raise OktaError(403, "E0000038", "This operation is not allowed in the user's current status.")
    _put_status(ctx, user, _GONE)
    return Reply({})


def suspend_user(ctx: Context, request: Request) -> Reply:
    """The person cannot sign in; groups and apps stay, so that nothing is sent to them [Okta: Suspend a user]."""
    user = find_user(ctx, request.labels["user"])
    if user["status"] != "ACTIVE":
        raise invalid("suspendUser", "Cannot suspend a user that is not active")
    _put_status(ctx, user, "SUSPENDED")
    return Reply({})


def unsuspend_user(ctx: Context, request: Request) -> Reply:
    user = find_user(ctx, request.labels["user"])
    if user["status"] != "SUSPENDED":
        raise invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended")
    _put_status(ctx, user, "ACTIVE")
    return Reply({})


def show_user(user: Record, request: Request) -> dict[str, Any]:
    return {**user, "_links": {"self": {"href": request.link(f"users/{user['id']}")}}}


def _put_status(ctx: Context, user: Record, status: str) -> Record:
    now = stamp(ctx)
    changed = {**user, "status": status, "statusChanged": now, "lastUpdated": now}
    users(ctx).put(user["id"], changed)
    if status == _GONE:
        # A deactivated user is taken from every app; what groups assign comes back with the activation.
        for item in app_users(ctx).by("user", user["id"]):
            app_users(ctx).remove(f"{item['app']}/{user['id']}")
    delivery.push_users(ctx, [user["id"]])
    return changed


def _has_password(request: Request) -> bool:
    return bool(read_object(request.body, "credentials").get("password"))


def _read_profile(ctx: Context, given: Mapping[str, Any], own_id: str | None) -> dict[str, Any]:
    login, email = (read_text(given, name, longest=100) for name in ("login", "email"))
    for name, text in (("login", login), ("email", email)):
        if not text:
            raise blank(name)
    if "@" not in login[1:-1]:
        raise invalid("login", "login: Username must be in the form of an email address")
    if "@" not in email[1:-1]:
        raise invalid("email", "email: Does not match required pattern")
    if any(user["id"] != own_id for user in users(ctx).by("login", login.lower())):
        raise taken("login")
    names = {name: read_text(given, name, longest=50) or None for name in ("firstName", "lastName")}
    return {**given, **names, "login": login, "email": email}


def _id(record: Record) -> str:
    identifier: str = record["id"]
    return identifier
