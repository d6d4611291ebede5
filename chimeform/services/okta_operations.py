"""What chimeform asks of an Okta organisation, as operations of plain values in and out.

Writes are one request of Okta's each and go by the name that Okta's own documents give it, with "Okta" before it. Reads
may take several. Secrets go from Okta to their store, or from a store to Okta, and never come out of here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ServiceError, ServiceFault
from .okta import OktaClient
from .secrets import SecretStores

Operation = Callable[[OktaClient, SecretStores, Mapping[str, Any]], Mapping[str, Any]]

_APP_PAGE = 200
_GROUP_PAGE = 1000
_USER_PROVISIONING = "USER_PROVISIONING"


# ---------------------------------------------------------------- apps


def find_app(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Instances of the integration `Name`: the one with that id, or else those with exactly that label."""
    operation, name = "OktaListApplications", request["Name"]
    if request.get("Id"):
        try:
            return {"Apps": [{"App": _described(okta.get("OktaGetApplication", "apps", request["Id"]))}]}
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
    listed = okta.pages(operation, "apps", q=request["Label"], limit=_APP_PAGE)
    found = [app for app in listed if (app["name"], app["label"]) == (name, request["Label"])]
    return {"Apps": [{"App": _described(app)} for app in found]}


def create_app(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer shows a new client's secret, and it is left behind here: `store_client_secret` fetches it again."""
    app = okta.send("OktaCreateApplication", "POST", ("apps",), body=request["App"])
    return {"App": _described(app)}


def replace_app(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    okta.send("OktaReplaceApplication", "PUT", ("apps", request["AppId"]), body=request["App"])
    return {}


def deactivate_app(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    okta.send("OktaDeactivateApplication", "POST", ("apps", request["AppId"], "lifecycle", "deactivate"))
    return {}


def delete_app(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    okta.send("OktaDeleteApplication", "DELETE", ("apps", request["AppId"]))
    return {}


def _described(app: Mapping[str, Any]) -> Mapping[str, Any]:
    """An app without what is not its own: links, and the secret that some answers show."""
    kept = {name: value for name, value in app.items() if name not in ("_links", "_embedded")}
    client = (app.get("credentials") or {}).get("oauthClient")
    if client:
        plain = {name: value for name, value in client.items() if name != "client_secret"}
        kept["credentials"] = {**app["credentials"], "oauthClient": plain}
    return kept


# ---------------------------------------------------------------- the client's secret


def compare_client_secret(okta: OktaClient, secrets: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether the store holds a secret that the client can use: `same`, `other` or `missing`."""
    kept = secrets.find(request["Store"])
    if kept is None:
        return {"State": "missing"}
    return {"State": "same" if kept in _active_secrets(okta, request["AppId"]) else "other"}


def store_client_secret(okta: OktaClient, secrets: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the client's newest active secret into the store."""
    found = _active_secrets(okta, request["AppId"])
    if not found:
        raise ServiceError(
            "OktaStoreClientSecret: the application has no active client secret",
            operation="OktaStoreClientSecret",
            fault=ServiceFault.INVALID,
            do="make one in the Okta Admin Console: Applications, the application, General, Client Credentials",
            code="CF-OKT-007",
        )
    secrets.write(request["Store"], found[0])
    return {}


def _active_secrets(okta: OktaClient, app_id: str) -> list[str]:
    """The newest first."""
    listed = okta.get("OktaListOAuth2ClientSecrets", "apps", app_id, "credentials", "secrets")
    active = [one for one in listed if one["status"] == "ACTIVE" and one.get("client_secret")]
    return [one["client_secret"] for one in sorted(active, key=lambda one: str(one["created"]), reverse=True)]


# ---------------------------------------------------------------- provisioning


def describe_provisioning(okta: OktaClient, secrets: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What can be seen of an app's connection: its status, which lifecycle changes it passes on, and whether the store
    has the key for it. The status is UNKNOWN for apps whose connection only the Admin Console shows."""
    app_id = request["AppId"]
    status = okta.get("OktaGetProvisioningConnection", "apps", app_id, "connections", "default")["status"]
    seen: dict[str, Any] = {"status": status}
    if status == "ENABLED":
        feature = okta.get("OktaGetFeature", "apps", app_id, "features", _USER_PROVISIONING)
        seen["is_complete"] = _passes_on_everything(feature["capabilities"])
    if request.get("Store"):
        seen["key_stored"] = secrets.find(request["Store"]) is not None
    return {"Connection": seen}


def _passes_on_everything(capabilities: Mapping[str, Any]) -> bool:
    update = capabilities["update"]
    parts = (capabilities["create"]["lifecycleCreate"], update["profile"], update["lifecycleDeactivate"])
    return all(part["status"] == "ENABLED" for part in parts)


def update_connection(okta: OktaClient, secrets: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the app the key that the store holds, and switch the connection on."""
    profile = {"authScheme": "TOKEN", "token": secrets.read(request["Store"])}
    path = ("apps", request["AppId"], "connections", "default")
    okta.send("OktaUpdateProvisioningConnection", "POST", path, body={"profile": profile}, query={"activate": "true"})
    return {}


def update_feature(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Pass on who is new, whose profile changes, and who leaves. Passwords are never pushed."""
    on = {"status": "ENABLED"}
    body = {"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}}
    okta.send("OktaUpdateFeature", "PUT", ("apps", request["AppId"], "features", _USER_PROVISIONING), body=body)
    return {}


# ---------------------------------------------------------------- groups and their members


def find_group(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The group with that id, or else with exactly that name."""
    if request.get("Id"):
        try:
            return {"Groups": [_group(okta.get("OktaGetGroup", "groups", request["Id"]))]}
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
    name = request["Name"]
    listed = okta.pages("OktaListGroups", "groups", search=f'profile.name eq "{_escaped(name)}"')
    # the search does not tell capital from small letters, and Amazon Chime wants the exact name
    return {"Groups": [_group(one) for one in listed if one["profile"]["name"] == name]}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _group(group: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Id": group["id"], "Name": group["profile"]["name"]}


def add_group(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    profile = {"name": request["Name"], "description": "Amazon Chime"}
    return {"Group": _group(okta.send("OktaAddGroup", "POST", ("groups",), body={"profile": profile}))}


def replace_group(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the group its name again; the rest of its profile stays."""
    profile = okta.get("OktaGetGroup", "groups", request["GroupId"])["profile"]
    body = {"profile": {**profile, "name": request["Name"]}}
    okta.send("OktaReplaceGroup", "PUT", ("groups", request["GroupId"]), body=body)
    return {}


def list_members(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """People of a group who are not deactivated."""
    path, query = ("groups", request["GroupId"], "users"), {"limit": _GROUP_PAGE}
    listed, token = okta.page("OktaListGroupUsers", path, query, request.get("NextToken"))
    members = [
        {"Id": one["id"], "Key": one["profile"]["login"], "Email": one["profile"].get("email")} for one in listed
    ]
    return {"Members": members, **({"NextToken": token} if token else {})}


def assign_user(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the person with that login into the group."""
    operation, login = "OktaAssignUserToGroup", request["Login"]
    try:
        user_id = okta.get("OktaGetUser", "users", login)["id"]
    except ServiceError as error:
        if error.fault is not ServiceFault.ABSENT:
            raise
        raise ServiceError(
            f"{operation}: nobody in Okta signs in as {login}",
            operation=operation,
            fault=ServiceFault.INVALID,
            why="chimeform puts people into groups and never creates them in Okta",
            do="create the person in Okta, or correct the address in the files",
            code="CF-OKT-008",
        ) from error
    okta.send(operation, "PUT", ("groups", request["GroupId"], "users", user_id))
    return {"UserId": user_id}


def unassign_user(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    path = ("groups", request["GroupId"], "users", request["UserId"])
    okta.send("OktaUnassignUserFromGroup", "DELETE", path)
    return {}


# ---------------------------------------------------------------- groups and the apps


def describe_push(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a group is tied to the two apps: assigned to each, and pushed by the second. What is not so has no value."""
    group = request.get("GroupId")
    signs_in, provisions = request.get("SignInAppId"), request.get("ProvisioningAppId")
    mapping = _mapping(okta, provisions, group) or {}
    return {
        "SignsIn": _is_assigned(okta, signs_in, group) or None,
        "Provisioned": _is_assigned(okta, provisions, group) or None,
        "PushStatus": mapping.get("status"),
        "MappingId": mapping.get("id"),
        "LastPush": mapping.get("lastPush"),
        "Error": mapping.get("errorSummary"),
    }


def _is_assigned(okta: OktaClient, app_id: str | None, group: str | None) -> bool:
    """False also for what is not there yet, neither the app nor the group."""
    if not app_id or not group:
        return False
    return _or_none(lambda: okta.get("OktaGetApplicationGroup", "apps", app_id, "groups", group)) is not None


def _mapping(okta: OktaClient, app_id: str | None, group: str | None) -> Mapping[str, Any] | None:
    if not app_id or not group:
        return None
    path = ("apps", app_id, "group-push", "mappings")
    listed = _or_none(lambda: okta.get("OktaListGroupPushMappings", *path, sourceGroupId=group))
    return next(iter(listed or ()), None)


def _or_none(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ServiceError as error:
        if error.fault is ServiceFault.ABSENT:
            return None
        raise


def assign_group(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    path = ("apps", request["AppId"], "groups", request["GroupId"])
    okta.send("OktaAssignGroupToApplication", "PUT", path, body={})
    return {}


def unassign_group(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    path = ("apps", request["AppId"], "groups", request["GroupId"])
    okta.send("OktaUnassignGroupFromApplication", "DELETE", path)
    return {}


def create_mapping(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    body = {"sourceGroupId": request["GroupId"], "targetGroupName": request["Name"]}
    path = ("apps", request["AppId"], "group-push", "mappings")
    okta.send("OktaCreateGroupPushMapping", "POST", path, body=body)
    return {}


def update_mapping(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    path = ("apps", request["AppId"], "group-push", "mappings", request["MappingId"])
    okta.send("OktaUpdateGroupPushMapping", "PATCH", path, body={"status": request["Status"]})
    return {}


def delete_mapping(okta: OktaClient, _: SecretStores, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was pushed goes from Amazon Chime too."""
    path = ("apps", request["AppId"], "group-push", "mappings", request["MappingId"])
    okta.send("OktaDeleteGroupPushMapping", "DELETE", path, query={"deleteTargetGroup": "true"})
    return {}


OPERATIONS: Mapping[str, Operation] = {
    "OktaFindApplication": find_app,
    "OktaCreateApplication": create_app,
    "OktaReplaceApplication": replace_app,
    "OktaDeactivateApplication": deactivate_app,
    "OktaDeleteApplication": delete_app,
    "OktaCompareClientSecret": compare_client_secret,
    "OktaStoreClientSecret": store_client_secret,
    "OktaDescribeProvisioning": describe_provisioning,
    "OktaUpdateProvisioningConnection": update_connection,
    "OktaUpdateFeature": update_feature,
    "OktaFindGroup": find_group,
    "OktaAddGroup": add_group,
    "OktaReplaceGroup": replace_group,
    "OktaListGroupMembers": list_members,
    "OktaAssignUserToGroup": assign_user,
    "OktaUnassignUserFromGroup": unassign_user,
    "OktaDescribePush": describe_push,
    "OktaAssignGroupToApplication": assign_group,
    "OktaUnassignGroupFromApplication": unassign_group,
    "OktaCreateGroupPushMapping": create_mapping,
    "OktaUpdateGroupPushMapping": update_mapping,
    "OktaDeleteGroupPushMapping": delete_mapping,
}
