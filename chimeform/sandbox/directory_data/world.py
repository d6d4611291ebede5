"""The objects of directories, and whether a directory answers at all. [botocore ds-data]

Which error answers a directory of another type or stage is told by the reasons that the model lists, not by a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from chimeform.sandbox.context import ApiError, Context, Directory, Table
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

USER = "USER"
GROUP = "GROUP"

_WIDEST_PAGE = 250


def set_data_access(ctx: Context, directory_id: str, *, is_enabled: bool) -> None:
    """Managed Microsoft ADs start with it enabled here: AWS Directory Service's own switch is not played."""
    if is_enabled:
        _disabled(ctx).remove(directory_id)
    else:
        _disabled(ctx).put(directory_id, {"DirectoryId": directory_id})


def open_directory(ctx: Context, params: dict[str, Any]) -> Directory:
    """The directory of a request. Raises ApiError: AccessDenied when it is not there or its data access is disabled,
    Validation for a type other than MicrosoftAD and for another realm, DirectoryUnavailable when it is not active."""
    directory_id = params["DirectoryId"]
    directory = ctx.find_directory(directory_id, ctx.region)
    if directory is None:
        raise ApiError("AccessDeniedException", f"No access to directory {directory_id}", reason="DIRECTORY_AUTH")
    if directory.kind != "MicrosoftAD":
        raise invalid(f"Directory {directory_id} is of the type {directory.kind}", "INVALID_DIRECTORY_TYPE")
    if directory_id in _disabled(ctx):
        raise ApiError("AccessDeniedException", f"Data access is disabled for {directory_id}", reason="DATA_DISABLED")
    if directory.stage != "Active":
        problem = f"Directory {directory_id} is {directory.stage}"
        raise ApiError("DirectoryUnavailableException", problem, reason="INVALID_DIRECTORY_STATE")
    for member in ("Realm", "MemberRealm"):
        if (realm := params.get(member)) and realm.rstrip(".").lower() != directory.name.lower():
            raise invalid(f"{member} {realm} is not trusted by the directory", "INVALID_REALM")
    return directory


def objects(ctx: Context) -> Table:
    """Users and groups, keyed `directory/name`: they share one space of names, without regard to case."""
    table = ctx.tables["directory_objects"]
    table.index("kind", _directory_and_kind)
    return table


def memberships(ctx: Context) -> Table:
    """Keyed by the keys of group and member."""
    table = ctx.tables["directory_memberships"]
    table.index("group", lambda record: str(record["Group"]))
    table.index("member", lambda record: str(record["Member"]))
    return table


def tokens(ctx: Context) -> Table:
    """Client tokens of writes that took effect."""
    return ctx.tables["directory_tokens"]


def key_of(directory_id: str, name: str) -> str:
    return f"{directory_id}/{name.lower()}"


def find(ctx: Context, directory: Directory, name: str, kind: str | None) -> Record:
    """An object by its SAMAccountName; ResourceNotFoundException when there is none, or one of another kind."""
    record = objects(ctx).get(key_of(directory.directory_id, name))
    if record is None or kind not in (None, record["Kind"]):
        raise ApiError("ResourceNotFoundException", f"There is no {(kind or 'object').lower()} {name}")
    return record


def put_new(ctx: Context, directory: Directory, kind: str, wire: dict[str, Any]) -> Record:
    """Add an object; ConflictException for a name that is taken."""
    name = wire["SAMAccountName"]
    key = key_of(directory.directory_id, name)
    if key in objects(ctx):
        raise ApiError("ConflictException", f"{name} exists already")
    unit = directory.name.partition(".")[0]
    suffix = ",".join(f"DC={part}" for part in directory.name.split("."))
    record = {
        "DirectoryId": directory.directory_id,
        "Kind": kind,
        "Wire": {
            **{member: value for member, value in wire.items() if value is not None},
            "SID": _new_sid(ctx, directory),
            "DistinguishedName": f"CN={name},OU=Users,OU={unit},{suffix}",
        },
    }
    objects(ctx).put(key, record)
    return record


def remove(ctx: Context, record: Record) -> None:
    key = key_of(record["DirectoryId"], record["Wire"]["SAMAccountName"])
    for item in (*memberships(ctx).by("group", key), *memberships(ctx).by("member", key)):
        memberships(ctx).remove(f"{item['Group']}/{item['Member']}")
    objects(ctx).remove(key)


def show_page(records: Sequence[Record], params: dict[str, Any]) -> tuple[Sequence[Record], str | None]:
    try:
        return page(records, params, _WIDEST_PAGE, key=lambda record: str(record["Wire"]["SID"]))
    except ApiError as error:
        raise invalid("NextToken is not valid", "INVALID_NEXT_TOKEN") from error


def search(ctx: Context, directory: Directory, kind: str, params: dict[str, Any]) -> list[Record]:
    """Objects of which an attribute has exactly the value, without regard to case; wildcards are refused [botocore]."""
    wanted = params["SearchString"]
    if "*" in wanted:
        raise invalid("Wildcards are not supported", "INVALID_ATTRIBUTE_VALUE")
    names = [name.lower() for name in params["SearchAttributes"]]
    there = objects(ctx).by("kind", (directory.directory_id, kind))
    return [record for record in there if _has_value(record["Wire"], names, wanted.casefold())]


def invalid(detail: str, reason: str) -> ApiError:
    return ApiError("ValidationException", detail, reason=reason)


# LDAP display names of the members that the wire form calls otherwise.
_MEMBERS = {
    "samaccountname": "SAMAccountName",
    "distinguishedname": "DistinguishedName",
    "objectsid": "SID",
    "mail": "EmailAddress",
    "givenname": "GivenName",
    "sn": "Surname",
    "userprincipalname": "UserPrincipalName",
}


def _has_value(wire: dict[str, Any], names: list[str], wanted: str) -> bool:
    others = {name.lower(): value for name, value in wire.get("OtherAttributes", {}).items()}
    for name in names:
        values = [wire.get(_MEMBERS[name])] if name in _MEMBERS else _texts(others.get(name, {}))
        if any(str(value).casefold() == wanted for value in values if value is not None):
            return True
    return False


def _texts(value: dict[str, Any]) -> list[Any]:
    return [item for given in value.values() for item in (given if isinstance(given, list) else [given])]


def _new_sid(ctx: Context, directory: Directory) -> str:
    """Of the directory's own domain, with a relative identifier from the sandbox's randomness."""
    digest = sha256(directory.directory_id.encode()).digest()
    domain = "-".join(str(int.from_bytes(digest[at : at + 4])) for at in (0, 4, 8))
    return f"S-1-5-21-{domain}-{ctx.random.randrange(1_100, 2**30)}"


def _disabled(ctx: Context) -> Table:
    return ctx.tables["directories_without_data_access"]


def _directory_and_kind(record: Record) -> tuple[str, str]:
    return record["DirectoryId"], record["Kind"]
