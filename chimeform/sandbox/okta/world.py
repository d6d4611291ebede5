"""The organisation's tables and identifiers.

Records are in wire form without links, which depend on the address that a client uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.clock import format_timestamp
from chimeform.sandbox.context import Context, Table
from chimeform.sandbox.okta.protocol import not_found
from chimeform.sandbox.store import Record

OKTA_GROUP = "OKTA_GROUP"
BUILT_IN = "BUILT_IN"
EVERYONE = "Everyone"

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 20


def new_id(ctx: Context, prefix: str) -> str:
    """An identifier in Okta's form, twenty characters, from the sandbox's own randomness.

    The prefixes of groups (00g), users (00u), apps (0oa) and secrets (ocs) are those of Okta's examples; that of a
    push mapping is not published as a rule.
    """
    return prefix + new_secret(ctx, _ID_LENGTH - len(prefix))


def new_secret(ctx: Context, length: int) -> str:
    return "".join(_DIGITS[ctx.random.randrange(62)] for _ in range(length))


def stamp(ctx: Context) -> str:
    return format_timestamp(ctx.clock.now())


def groups(ctx: Context) -> Table:
    """With the group that every organisation has and that everybody is in."""
    table = ctx.tables["okta_groups"]
    table.index("name", _name_of_group)
    if not len(table):
        put_group(ctx, {"name": EVERYONE, "description": "All users in your organization"}, BUILT_IN)
    return table


def put_group(ctx: Context, profile: Mapping[str, Any], kind: str) -> Record:
    now = stamp(ctx)
    group: Record = {
        "id": new_id(ctx, "00g"),
        "created": now,
        "lastUpdated": now,
        "lastMembershipUpdated": now,
        "objectClass": ["okta:user_group"],
        "type": kind,
        "profile": dict(profile),
    }
    ctx.tables["okta_groups"].put(group["id"], group)
    return group


def find_group(ctx: Context, group_id: str) -> Record:
    group = groups(ctx).get(group_id)
    if group is None:
        raise not_found(group_id, "UserGroup")
    return group


def users(ctx: Context) -> Table:
    table = ctx.tables["okta_users"]
    table.index("login", _login_of_user)
    return table


def find_user(ctx: Context, id_or_login: str) -> Record:
    """By identifier or login [Okta: Retrieve a user]; logins do not differ by case."""
    user = users(ctx).get(id_or_login)
    if user is None:
        named = users(ctx).by("login", id_or_login.lower())
        if not named:
            raise not_found(id_or_login, "User")
        user = named[0]
    return user


def memberships(ctx: Context) -> Table:
    """Of people in groups of the type OKTA_GROUP, keyed `group/user`."""
    return _pairs(ctx, "okta_memberships", "group", "user")


def apps(ctx: Context) -> Table:
    """`App` is the wire form; `Connection` and `Features` stand beside it where the app can provision."""
    table = ctx.tables["okta_apps"]
    table.index("connected", _is_connected)
    return table


def find_app(ctx: Context, app_id: str) -> Record:
    app = apps(ctx).get(app_id)
    if app is None:
        raise not_found(app_id, "AppInstance")
    return app


def client_secrets(ctx: Context) -> Table:
    table = ctx.tables["okta_secrets"]
    table.index("app", _app_of_secret)
    return table


def app_groups(ctx: Context) -> Table:
    """Groups that are assigned to an app, keyed `app/group`."""
    return _pairs(ctx, "okta_app_groups", "app", "group")


def app_users(ctx: Context) -> Table:
    """People who are assigned to an app by themselves, keyed `app/user`."""
    return _pairs(ctx, "okta_app_users", "app", "user")


def links(ctx: Context) -> Table:
    """Whom an app has provisioned as whom, keyed `app/user`."""
    return _pairs(ctx, "okta_links", "app", "user")


def mappings(ctx: Context) -> Table:
    """Group push mappings: `Mapping` is the wire form; `App` and the `Name` of the target stand beside it."""
    table = ctx.tables["okta_mappings"]
    table.index("app", _app_of_mapping)
    table.index("group", _group_of_mapping)
    return table


def targets(ctx: Context) -> Table:
    """Groups that were pushed to an app, by the identifier that Okta gives them."""
    return ctx.tables["okta_targets"]


def tokens(ctx: Context) -> Table:
    """What was declared of API tokens, by their digest."""
    return ctx.tables["okta_tokens"]


def _pairs(ctx: Context, name: str, first: str, second: str) -> Table:
    table = ctx.tables[name]
    table.index(first, lambda record: str(record[first]))
    table.index(second, lambda record: str(record[second]))
    return table


def _name_of_group(group: Record) -> str:
    name: str = group["profile"]["name"]
    return name.lower()


def _login_of_user(user: Record) -> str:
    login: str = user["profile"]["login"]
    return login.lower()


def _is_connected(record: Record) -> str | None:
    """Apps that push now: active ones whose connection is enabled."""
    connection = record.get("Connection")
    is_pushing = connection is not None and connection["status"] == "ENABLED" and record["App"]["status"] == "ACTIVE"
    return "pushing" if is_pushing else None


def _app_of_secret(record: Record) -> str:
    app_id: str = record["App"]
    return app_id


def _app_of_mapping(record: Record) -> str:
    app_id: str = record["App"]
    return app_id


def _group_of_mapping(record: Record) -> str:
    group_id: str = record["Mapping"]["sourceGroupId"]
    return group_id
