"""Which operation a request to the organisation names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from chimeform.sandbox.okta import apps, assignments, client_secrets, group_push, groups, provisioning, users
from chimeform.sandbox.okta.protocol import OktaError, Operation

PREFIX = "/okta"

_START = f"{PREFIX}/api/v1/"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the routes know: what it is called in faults and counts, and where it goes."""

    name: str
    path: tuple[str, ...]
    """What follows /api/v1, decoded."""
    labels: Mapping[str, str]
    run: Operation

    @property
    def family(self) -> str:
        return self.path[0]


def find_call(method: str, raw_path: bytes) -> Call:
    """The operation that a request names. OktaError for a path that is none (404) or has no such method (405)."""
    path = raw_path.decode("latin-1")
    parts = tuple(unquote(part) for part in path.removeprefix(_START).split("/")) if path.startswith(_START) else ()
    is_known = False
    for pattern, methods in _ROUTES.get(len(parts), ()):
        labels = _match(pattern, parts)
        if labels is None:
            continue
        if method in methods:
            name, run = methods[method]
            return Call(f"Okta{name}", parts, labels, run)
        is_known = True
    if is_known:
        raise OktaError(405, "E0000022", "The endpoint does not support the provided HTTP method")
    raise OktaError(404, "E0000008", "The requested path was not found")


def _match(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    labels = {}
    for want, part in zip(pattern, parts, strict=True):
        if want.startswith("{") and part:
            labels[want.strip("{}")] = part
        elif want != part:
            return None
    return labels


Methods = dict[str, tuple[str, Operation]]

_BY_PATH: dict[str, Methods] = {
    "groups": {"GET": ("ListGroups", groups.list_groups), "POST": ("AddGroup", groups.add_group)},
    "groups/{group}": {
        "GET": ("GetGroup", groups.get_group),
        "PUT": ("ReplaceGroup", groups.replace_group),
        "DELETE": ("DeleteGroup", groups.delete_group),
    },
    "groups/{group}/apps": {"GET": ("ListAppsOfGroup", groups.list_apps)},
    "groups/{group}/users": {"GET": ("ListGroupUsers", groups.list_members)},
    "groups/{group}/users/{user}": {
        "PUT": ("AssignUserToGroup", groups.add_member),
        "DELETE": ("UnassignUserFromGroup", groups.remove_member),
    },
    "users": {"GET": ("ListUsers", users.list_users), "POST": ("CreateUser", users.create_user)},
    "users/{user}": {
        "GET": ("GetUser", users.get_user),
        "POST": ("UpdateUser", users.update_user),
        "PUT": ("ReplaceUser", users.replace_user),
        "DELETE": ("DeleteUser", users.delete_user),
    },
    "users/{user}/groups": {"GET": ("ListUserGroups", groups.list_groups_of_user)},
    "users/{user}/lifecycle/activate": {"POST": ("ActivateUser", users.activate_user)},
    "users/{user}/lifecycle/deactivate": {"POST": ("DeactivateUser", users.deactivate_user)},
    "users/{user}/lifecycle/suspend": {"POST": ("SuspendUser", users.suspend_user)},
    "users/{user}/lifecycle/unsuspend": {"POST": ("UnsuspendUser", users.unsuspend_user)},
    "apps": {"GET": ("ListApplications", apps.list_apps), "POST": ("CreateApplication", apps.create_app)},
    "apps/{app}": {
        "GET": ("GetApplication", apps.get_app),
        "PUT": ("ReplaceApplication", apps.replace_app),
        "DELETE": ("DeleteApplication", apps.delete_app),
    },
    "apps/{app}/lifecycle/activate": {"POST": ("ActivateApplication", apps.activate_app)},
    "apps/{app}/lifecycle/deactivate": {"POST": ("DeactivateApplication", apps.deactivate_app)},
    "apps/{app}/credentials/secrets": {
        "GET": ("ListOAuth2ClientSecrets", client_secrets.list_secrets),
        "POST": ("CreateOAuth2ClientSecret", client_secrets.create_secret),
    },
    "apps/{app}/credentials/secrets/{secret}": {
        "GET": ("GetOAuth2ClientSecret", client_secrets.get_secret),
        "DELETE": ("DeleteOAuth2ClientSecret", client_secrets.delete_secret),
    },
    "apps/{app}/credentials/secrets/{secret}/lifecycle/activate": {
        "POST": ("ActivateOAuth2ClientSecret", client_secrets.activate_secret)
    },
    "apps/{app}/credentials/secrets/{secret}/lifecycle/deactivate": {
        "POST": ("DeactivateOAuth2ClientSecret", client_secrets.deactivate_secret)
    },
    "apps/{app}/groups": {"GET": ("ListApplicationGroups", assignments.list_groups)},
    "apps/{app}/groups/{group}": {
        "GET": ("GetApplicationGroup", assignments.get_group),
        "PUT": ("AssignGroupToApplication", assignments.assign_group),
        "DELETE": ("UnassignGroupFromApplication", assignments.unassign_group),
    },
    "apps/{app}/users": {
        "GET": ("ListApplicationUsers", assignments.list_users),
        "POST": ("AssignUserToApplication", assignments.assign_user),
    },
    "apps/{app}/users/{user}": {
        "GET": ("GetApplicationUser", assignments.get_user),
        "DELETE": ("UnassignUserFromApplication", assignments.unassign_user),
    },
    "apps/{app}/connections/default": {
        "GET": ("GetProvisioningConnection", provisioning.get_connection),
        "POST": ("UpdateProvisioningConnection", provisioning.set_connection),
    },
    "apps/{app}/connections/default/lifecycle/activate": {
        "POST": ("ActivateProvisioningConnection", provisioning.activate_connection)
    },
    "apps/{app}/connections/default/lifecycle/deactivate": {
        "POST": ("DeactivateProvisioningConnection", provisioning.deactivate_connection)
    },
    "apps/{app}/features": {"GET": ("ListFeatures", provisioning.list_features)},
    "apps/{app}/features/{feature}": {
        "GET": ("GetFeature", provisioning.get_feature),
        "PUT": ("UpdateFeature", provisioning.update_feature),
    },
    "apps/{app}/group-push/mappings": {
        "GET": ("ListGroupPushMappings", group_push.list_mappings),
        "POST": ("CreateGroupPushMapping", group_push.create_mapping),
    },
    "apps/{app}/group-push/mappings/{mapping}": {
        "GET": ("GetGroupPushMapping", group_push.get_mapping),
        "PATCH": ("UpdateGroupPushMapping", group_push.update_mapping),
        "DELETE": ("DeleteGroupPushMapping", group_push.delete_mapping),
    },
}

OPERATIONS = frozenset(f"Okta{name}" for methods in _BY_PATH.values() for name, _ in methods.values())
"""Every operation as counts and faults name it."""


def _by_length(paths: Mapping[str, Methods]) -> dict[int, list[tuple[tuple[str, ...], Methods]]]:
    routes: dict[int, list[tuple[tuple[str, ...], Methods]]] = {}
    for path, methods in paths.items():
        pattern = tuple(path.split("/"))
        routes.setdefault(len(pattern), []).append((pattern, methods))
    return routes


_ROUTES = _by_length(_BY_PATH)
