"""What needs what: policies of small workspaces and of plans, without a service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chimeform.granting import policy_of
from chimeform.iam.needs import Command, Need, Purpose, needs_of_plan, needs_of_workspace
from chimeform.iam.permissions import Permission
from chimeform.iam.policy import LARGEST, Policy, make_policy
from chimeform.language.desired import Aws, Desired, TrailFiles
from chimeform.language.webhooks import Webhook
from chimeform.ledger.base import RunRecord
from chimeform.recorded import Recorded
from chimeform.resources.secret_store import SecretSource
from tests.planning.building import NOW, desired, live, plan_of, recorded

NOTHING = Recorded("", 0)
RETIRE = {"chime:BatchSuspendUser", "chime:DisassociatePhoneNumberFromUser", "chime:DeleteAccount"}
ACME: dict[str, Mapping[str, Any]] = {"accounts.acme": {"name": "Acme"}}
JANE = 'accounts.acme.users["jane@acme.example"]'


def policy(files: Desired, record: Recorded = NOTHING, command: str = "apply") -> Policy:
    return make_policy(needs_of_workspace(files, record, Command(command), NOW))


def allowed(found: Policy) -> dict[str, set[str]]:
    """Action → resources."""
    actions: dict[str, set[str]] = {}
    for document in found.documents:
        for statement in document["Statement"]:
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            for action in statement["Action"]:
                actions.setdefault(action, set()).update(resources)
    return actions


def actions(files: Desired, record: Recorded = NOTHING, command: str = "apply") -> set[str]:
    return set(allowed(policy(files, record, command)))


def test_a_plan_and_a_look_for_drift_only_read() -> None:
    files = desired({**ACME, JANE: {"license": "pro"}})
    assert actions(files, command="plan") == {"chime:ListAccounts", "chime:ListUsers"}
    assert actions(files, command="drift") - actions(files, command="plan") == {"cloudtrail:LookupEvents"}
    logs = TrailFiles(bucket="acme-trail", prefix="logs/")
    found = allowed(policy(replace(files, aws=Aws(expected_account="111122223333", cloudtrail=logs)), command="drift"))
    folder = "arn:aws:s3:::acme-trail/logs/AWSLogs/111122223333/CloudTrail/us-east-1/*"
    assert (found["s3:ListBucket"], found["s3:GetObject"]) == ({"arn:aws:s3:::acme-trail"}, {folder})


def test_fields_that_nobody_declared_need_nothing() -> None:
    few = actions(desired({**ACME, JANE: {}}))
    assert few == {
        *("chime:ListAccounts", "chime:CreateAccount", "chime:UpdateAccount"),
        *("chime:ListUsers", "chime:InviteUsers", "chime:BatchUnsuspendUser"),
    }
    more = actions(desired({**ACME, JANE: {"license": "pro", "phone": "+12065550100", "suspended": True}}))
    phone = {"chime:AssociatePhoneNumberWithUser", "chime:DisassociatePhoneNumberFromUser"}
    assert more - few == {"chime:BatchUpdateUser", "chime:BatchSuspendUser", *phone}


def test_a_field_that_was_applied_once_may_have_to_be_taken_back() -> None:
    record = recorded({"accounts.acme": {"name": "Acme"}, JANE: {"phone": "+12065550100"}})
    assert "chime:DisassociatePhoneNumberFromUser" in actions(desired({**ACME, JANE: {}}), record)
    record = recorded({"accounts.acme": {"name": "Acme"}, JANE: {"license": "pro"}})
    assert "chime:BatchUpdateUser" not in actions(desired({**ACME, JANE: {}}), record), "a licence stays as it is"


def test_the_power_to_retire_is_granted_while_something_is_to_be_retired() -> None:
    record = recorded({"accounts.acme": {"name": "Acme"}, JANE: {}})
    everything = desired({**ACME, JANE: {}})
    assert actions(everything, record).isdisjoint(RETIRE)
    without_jane = actions(desired(ACME), record)
    assert without_jane & RETIRE == {"chime:BatchSuspendUser", "chime:DisassociatePhoneNumberFromUser"}
    assert actions(desired({}), record) >= RETIRE
    assert actions(everything, record, "destroy") >= RETIRE
    assert actions(everything, record, "destroy").isdisjoint({"chime:CreateAccount", "chime:UpdateAccount"})
    expired = desired({**ACME, JANE: {"lifecycle": {"expires": "2026-01-01"}}})
    assert "chime:BatchSuspendUser" in actions(expired, record)


def test_what_is_forgotten_is_neither_retired_nor_made_again() -> None:
    record = recorded({"accounts.acme": {"name": "Acme"}, JANE: {}})
    files = desired(ACME, removed=[(JANE, False)])
    assert actions(files, record) - actions(desired(ACME)) == {"chime:ListUsers"}


def test_what_an_undeclared_account_contains_is_read() -> None:
    record = recorded({"accounts.acme": {"name": "Acme"}})
    assert actions(desired({}), record, "plan") == {
        *("chime:ListAccounts", "chime:ListUsers", "chime:ListBots", "chime:ListRooms"),
    }


def test_a_claimed_collection_is_read_and_may_lose_what_no_file_names() -> None:
    files = desired({"accounts.acme": {"name": "Acme", "authoritative": ["bots"]}})
    assert actions(files) - actions(desired(ACME)) == {"chime:ListBots", "chime:UpdateBot"}


ROOM: dict[str, Mapping[str, Any]] = {**ACME, "accounts.acme.rooms.news": {"name": "news"}}
IN_ROOM = 'accounts.acme.rooms.news.members["jane@acme.example"]'


def test_people_of_rooms_are_looked_for_where_no_file_declares_them() -> None:
    found = actions(desired({**ROOM, IN_ROOM: {"role": "member"}})) - actions(desired(ROOM))
    members = {"chime:ListRoomMemberships", "chime:BatchCreateRoomMembership", "chime:UpdateRoomMembership"}
    assert found == {*members, "chime:ListUsers"}
    both = desired({**ROOM, JANE: {}, IN_ROOM: {"role": "member"}})
    assert actions(both) - actions(desired({**ROOM, JANE: {}})) == members


def test_members_go_with_their_room() -> None:
    record = recorded({"accounts.acme": {"name": "Acme"}, "accounts.acme.rooms.news": {}, IN_ROOM: {"role": "member"}})
    assert "chime:DeleteRoomMembership" in actions(desired(ROOM), record)
    expired = {**ROOM, "accounts.acme.rooms.news": {"name": "news", "lifecycle": {"expires": "2026-01-01"}}}
    for files, command in ((desired(ACME), "apply"), (desired(ROOM), "destroy"), (desired(expired), "apply")):
        found = actions(files, record, command)
        assert "chime:DeleteRoom" in found
        assert "chime:DeleteRoomMembership" not in found
    left = desired(ACME, removed=[("accounts.acme.rooms.news", False)])
    assert actions(left, record).isdisjoint({"chime:DeleteRoom", "chime:DeleteRoomMembership"})


def test_delegate_groups_are_read_where_they_are_declared_and_taken_off_where_the_files_name_all() -> None:
    identity = {"directory": {"id": "d-1234567890"}}
    files: dict[str, Mapping[str, Any]] = {**ACME, "accounts.acme.identity": identity}
    found = actions(desired({**files, "accounts.acme.identity.sign_in_delegates.Lobby": {}})) - actions(desired(files))
    assert found == {"chime:GetAccount", "chime:AssociateSigninDelegateGroupsWithAccount"}
    files["accounts.acme.identity"] = {**identity, "authoritative": ["sign_in_delegates"]}
    assert actions(desired(files)) >= {"chime:GetAccount", "chime:DisassociateSigninDelegateGroupsFromAccount"}


def test_only_a_zone_of_ours_is_written_to() -> None:
    record = {"name": "_amazonchime", "value": "3f0c9d"}
    domain = 'accounts.acme.domains["acme.example"]'
    assert not any(one.startswith("route53") for one in actions(desired({**ACME, domain: {"verification": record}})))
    files = desired({**ACME, domain: {"verification": {**record, "dns": {"route53": "Z1"}}}})
    zone = {"arn:aws:route53:::hostedzone/Z1"}
    found = allowed(policy(files))
    assert found["route53:ListResourceRecordSets"] == found["route53:ChangeResourceRecordSets"] == zone
    old = {"name": "acme.example", "verification": {**record, "dns": {"route53": "Z0"}}}
    moved = recorded({"accounts.acme": {"name": "Acme"}, domain: old})
    assert allowed(policy(files, moved)) == found, "the record in the zone of before is left to somebody else"
    left = allowed(policy(desired(ACME), moved))
    assert left["route53:ChangeResourceRecordSets"] == {"arn:aws:route53:::hostedzone/Z0"}


def test_drift_is_looked_for_where_it_was_applied() -> None:
    domain = 'accounts.acme.domains["acme.example"]'

    def verified(zone: str) -> dict[str, Any]:
        return {"verification": {"name": "_amazonchime", "value": "3f0c9d", "dns": {"route53": zone}}}

    files = desired({**ACME, domain: verified("Z1")})
    record = recorded({"accounts.acme": {"name": "Acme"}, domain: {"name": "acme.example", **verified("Z0")}})
    for operation in ("apply", "destroy"):
        history = [RunRecord("run", operation, "jane", "2026-03-01T12:00:00Z", None, "done")]
        found = allowed(policy_of(files, record, history, Command.DRIFT, NOW))
        assert found["route53:ListResourceRecordSets"] == {"arn:aws:route53:::hostedzone/Z0"}
        assert ("chime:ListUsers" in found) == (operation == "destroy"), "what is to go is read with its contents"
    assert allowed(policy(files, record, "plan"))["route53:ListResourceRecordSets"] == {
        "arn:aws:route53:::hostedzone/Z1"
    }


OKTA = {"okta": {"org_url": "https://acme.okta.com", "token": {"secretsmanager": "okta/token"}}}
ARN = "arn:aws:secretsmanager:us-east-1:{}:secret:{}"


def test_secrets_are_named_where_their_places_are() -> None:
    kept = {"client_secret": {"ssm": "/chime/okta"}}
    files = desired({**ACME, "accounts.acme.identity": OKTA, "accounts.acme.identity.sign_in": kept})
    found = allowed(policy(files))
    assert found["secretsmanager:GetSecretValue"] == {ARN.format("*", "okta/token-??????")}
    parameter = {"arn:aws:ssm:us-east-1:*:parameter/chime/okta"}
    assert found["ssm:GetParameter"] == found["ssm:PutParameter"] == parameter
    assert "secretsmanager:PutSecretValue" not in found
    ours = replace(files, aws=Aws(region="us-east-1", expected_account="111122223333"))
    assert allowed(policy(ours))["ssm:PutParameter"] == {"arn:aws:ssm:us-east-1:111122223333:parameter/chime/okta"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"env": "OKTA_TOKEN"}, None),
        ({"secretsmanager": ARN.format(1, "a-b1C2d3")}, ARN.format(1, "a-b1C2d3")),
        ({"secretsmanager": ARN.format(1, "okta/token")}, ARN.format(1, "okta/token-??????")),
    ],
)
def test_a_place_may_be_an_arn_or_take_nothing(place: Mapping[str, str], expected: str | None) -> None:
    identity = {"okta": {"org_url": "https://acme.okta.com", "token": place}}
    found = allowed(policy(desired({**ACME, "accounts.acme.identity": identity, f"{GROUPS}.Pro": {"license": "pro"}})))
    assert found.get("secretsmanager:GetSecretValue") == ({expected} if expected else None)


GROUPS = "accounts.acme.identity.groups"
DIRECTORY = "d-1234567890"


def test_the_address_of_a_webhook_is_read_by_what_tells_it_something() -> None:
    hooks = [
        Webhook(url=SecretSource(secretsmanager="chime/room"), when=("drift",)),
        Webhook(url=SecretSource(ssm="/chime/audit"), when=("apply",)),
        Webhook(url=SecretSource(env="ROOM")),
    ]
    files = replace(desired(ACME), notifications=tuple(hooks))
    found = {command: actions(files, command=command) - actions(desired(ACME), command=command) for command in Command}
    assert found == {
        Command.PLAN: set(),
        Command.APPLY: {"ssm:GetParameter"},
        Command.DESTROY: {"ssm:GetParameter"},
        Command.DRIFT: {"secretsmanager:GetSecretValue"},
    }


def test_a_directory_is_asked_by_its_data_service_or_with_a_password() -> None:
    group = {f"{GROUPS}.Pro": {"license": "pro"}}
    files = desired({**ACME, "accounts.acme.identity": {"directory": {"id": DIRECTORY}}, **group})
    found = allowed(policy(files, command="plan"))
    data = {action: resources for action, resources in found.items() if action.startswith("ds")}
    assert data.pop("ds:DescribeDirectories") == {"*"}
    assert data.keys() == {
        "ds:AccessDSData",
        *(f"ds-data:{name}" for name in ("DescribeGroup", "DescribeUser", "ListGroupMembers", "ListGroups")),
    }
    assert {*map(frozenset, data.values())} == {frozenset({f"arn:aws:ds:us-east-1:*:directory/{DIRECTORY}"})}
    ldap = {"server": "ldaps://dc", "base": "DC=a", "user": "u", "password": {"ssm": "ldap"}}
    files = desired({**ACME, "accounts.acme.identity": {"directory": {"id": DIRECTORY, "ldap": ldap}}, **group})
    found = allowed(policy(files, command="plan"))
    assert found["ssm:GetParameter"] == {"arn:aws:ssm:us-east-1:*:parameter/ldap"}
    assert not any(action.startswith("ds-data") for action in found)


def test_a_saved_plan_needs_its_own_calls_and_no_others() -> None:
    files = desired({**ACME, JANE: {"license": "basic", "phone": "+12065550100"}})
    saved = plan_of(files, NOTHING, live({}))
    found = {one.permission.action for one in needs_of_plan(saved, files, NOTHING, NOW) if one.purpose != "read"}
    assert found == {f"chime:{step.operation}" for step in saved.steps}
    assert found < actions(files)


# ---------------------------------------------------------------- documents


def need(action: str, resource: str = "*", purpose: Purpose = Purpose.READ) -> Need:
    return Need(Permission(action, resource), purpose, "bot")


def test_statements_are_few_sorted_and_the_same_whatever_the_order() -> None:
    needs = [
        need("chime:UpdateBot", purpose=Purpose.RETIRE),
        need("ds:AccessDSData", "arn:aws:ds:us-east-1:*:directory/d-1"),
        need("chime:UpdateBot", purpose=Purpose.CHANGE),
        need("ds:DescribeDirectories"),
        need("ssm:GetParameter", "arn:aws:ssm:us-east-1:*:parameter/b"),
        need("ssm:GetParameter", "arn:aws:ssm:us-east-1:*:parameter/a"),
        need("chime:ListBots"),
        need("chime:ListAccounts"),
    ]
    found = make_policy(needs)
    assert [(one.sid, one.actions) for one in found.statements] == [
        ("ChimeRead", ("chime:ListAccounts", "chime:ListBots")),
        ("ChimeChange", ("chime:UpdateBot",)),
        ("DirectoryServiceRead", ("ds:DescribeDirectories",)),
        ("DirectoryServiceRead2", ("ds:AccessDSData",)),
        ("ParameterStoreRead", ("ssm:GetParameter",)),
    ]
    assert make_policy(reversed(needs)) == found
    assert [one.is_unrestricted for one in found.statements] == [True, True, True, False, False]


def test_what_is_too_large_for_one_document_is_split() -> None:
    arns = [f"arn:aws:ssm:us-east-1:111122223333:parameter/chime/bots/{number:04}/token" for number in range(400)]
    found = make_policy([need("chime:ListBots"), *(need("ssm:GetParameter", arn) for arn in arns)])
    documents = found.documents
    assert len(documents) > 3
    for document in documents:
        assert len(re.sub(r"\s", "", json.dumps(document))) <= LARGEST
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    assert allowed(found) == {"chime:ListBots": {"*"}, "ssm:GetParameter": set(arns)}


def test_a_workspace_of_nothing_needs_nothing() -> None:
    assert policy(desired({})).documents == (), "IAM takes no document without a statement"
