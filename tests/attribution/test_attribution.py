"""Who changed it, from events that are written down: what explains a value, what does not, and which one counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.attribution import Attributor, Finding, History
from chimeform.trail_event import HIDDEN, read_event

START = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT, USER, BOT, ROOM, NUMBER = "acc-1", "user-1", "bot-1", "room-1", "+12065550100"
IDS = {
    Address.parse("accounts.acme"): ACCOUNT,
    Address.parse('accounts.acme.users["jane@acme.example"]'): USER,
    Address.parse("accounts.acme.bots.helpdesk"): BOT,
    Address.parse("accounts.acme.rooms.incidents"): ROOM,
    Address.parse('accounts.acme.rooms.incidents.members["jane@acme.example"]'): USER,
    Address.parse(f'phone_numbers["{NUMBER}"]'): NUMBER,
}
JANE = 'accounts.acme.users["jane@acme.example"]'
PHONE = f'phone_numbers["{NUMBER}"]'
INCIDENTS = "accounts.acme.rooms.incidents"
IN_ROOM = f'{INCIDENTS}.members["jane@acme.example"]'
DELEGATES = 'accounts.acme.identity.sign_in_delegates["Room Devices"]'


def record(name: str, request: Any, *, who: str = "mary", at: float = 0, **more: Any) -> dict[str, Any]:
    moment = START + timedelta(seconds=at)
    return {
        "eventID": f"{who}-{name}-{at}",
        "eventName": name,
        "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "chime.amazonaws.com",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "Boto3/1.40 Botocore/1.40",
        "userIdentity": {"type": "IAMUser", "userName": who, "arn": f"arn:aws:iam::111122223333:user/{who}"},
        "requestParameters": request,
        "responseElements": None,
        "readOnly": False,
        **more,
    }


def find(address: str, *records: Mapping[str, Any], **asked: Any) -> Finding:
    events = tuple(event for each in records if (event := read_event(each)) is not None)
    target = Address.parse(address)

    def look(names: frozenset[str], since: datetime | None) -> History:
        return History(events, since or START)

    return Attributor(look, IDS.get).find(target, IDS.get(target), **asked)


def author(address: str, *records: Mapping[str, Any], **asked: Any) -> str | None:
    found = find(address, *records, **asked).attribution
    return found.who if found else None


def batch(*items: Any, **more: Any) -> dict[str, Any]:
    return record("BatchUpdateUser", {"accountId": ACCOUNT, "updateUserRequestItems": list(items)}, **more)


def item(user: str = USER, license_type: str = "Basic") -> dict[str, str]:
    return {"userId": user, "licenseType": license_type}


def retention(**settings: Any) -> dict[str, Any]:
    return record("PutRetentionSettings", {"accountId": ACCOUNT, "retentionSettings": settings})


IN = {"accountId": ACCOUNT, "roomId": ROOM}


def membership(role: str = "Member", member: str = USER) -> dict[str, str]:
    return {"memberId": member, "role": role}


def added(*items: Any, **more: Any) -> dict[str, Any]:
    return record("BatchCreateRoomMembership", {**IN, "membershipItemList": list(items)}, **more)


ROOMS, TALKS = "roomRetentionSettings", "conversationRetentionSettings"
EXPLAINED: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("accounts.acme", "name", "Acme", record("UpdateAccount", {"accountId": ACCOUNT, "name": "Acme"})),
    (
        "accounts.acme",
        "name",
        "Acme",
        record("CreateAccount", {"name": "Acme"}, responseElements={"account": {"accountId": ACCOUNT}}),
    ),
    ("accounts.acme", "name", "Acme", record("RenameAccount", {"id": ACCOUNT, "to": "Acme"})),
    (
        "accounts.acme",
        "default_license",
        "basic",
        record("UpdateAccount", {"accountId": ACCOUNT, "defaultLicense": "Basic"}),
    ),
    (
        "accounts.acme.meetings",
        "screen_sharing_control",
        True,
        record("UpdateAccountSettings", {"accountId": ACCOUNT, "accountSettings": {"disableRemoteControl": False}}),
    ),
    (JANE, "license", "basic", batch(item("other", "Pro"), item())),
    (JANE, "license", "basic", record("UpdateUser", {"accountId": ACCOUNT, **item()})),
    (JANE, "license", "basic", record("UpdateUserLicenses", {"account": ACCOUNT, "x": [{"u": USER, "l": "Basic"}]})),
    (
        JANE,
        "phone",
        NUMBER,
        record(
            "AssociatePhoneNumberWithUser", {"accountId": ACCOUNT, "userId": USER, "e164PhoneNumber": "%2B12065550100"}
        ),
    ),
    (JANE, "phone", None, record("DisassociatePhoneNumberFromUser", {"accountId": ACCOUNT, "userId": USER})),
    (JANE, "suspended", True, record("BatchSuspendUser", {"accountId": ACCOUNT, "userIdList": ["x", USER]})),
    (JANE, "suspended", None, record("BatchUnsuspendUser", {"accountId": ACCOUNT, "userIdList": [USER]})),
    ("accounts.acme.retention", "rooms", 365, retention(**{ROOMS: {"retentionDays": 365}, TALKS: {}})),
    ("accounts.acme.retention", "conversations", None, retention(**{ROOMS: {"retentionDays": 365}, TALKS: {}})),
    (
        "accounts.acme.bots.helpdesk",
        "events",
        {"https": "https://bot.example"},
        record(
            "PutEventsConfiguration",
            {"accountId": ACCOUNT, "botId": BOT, "outboundEventsHTTPSEndpoint": "https://bot.example"},
        ),
    ),
    (
        "accounts.acme.bots.helpdesk",
        "events",
        None,
        record("DeleteEventsConfiguration", {"accountId": ACCOUNT, "botId": BOT}),
    ),
    (
        "accounts.acme.bots.helpdesk",
        "disabled",
        True,
        record("UpdateBot", {"accountId": ACCOUNT, "botId": BOT, "disabled": True}),
    ),
    (PHONE, "calling_name", "Acme", record("UpdatePhoneNumber", {"phoneNumberId": NUMBER, "callingName": "Acme"})),
    (PHONE, "calling_name", None, record("UpdatePhoneNumber", {"phoneNumberId": NUMBER, "callingName": ""})),
    (
        PHONE,
        "product",
        "voice-connector",
        record(
            "BatchUpdatePhoneNumber",
            {"updatePhoneNumberRequestItems": [{"phoneNumberId": "%2B12065550100", "productType": "VoiceConnector"}]},
        ),
    ),
    (INCIDENTS, "name", "Outages", record("UpdateRoom", {"accountId": ACCOUNT, "roomId": ROOM, "name": "Outages"})),
    (
        INCIDENTS,
        "name",
        "Outages",
        record(
            "CreateRoom",
            {"accountId": ACCOUNT, "name": "Outages", "clientRequestToken": "t"},
            responseElements={"room": {"roomId": ROOM}},
        ),
    ),
    (IN_ROOM, "role", "administrator", record("UpdateRoomMembership", {**IN, **membership("Administrator")})),
    (IN_ROOM, "role", "member", record("CreateRoomMembership", {**IN, **membership()})),
    (IN_ROOM, "role", "administrator", added(membership("Member", "other"), membership("Administrator"))),
    ("settings.calling_name", "name", "Acme", record("UpdatePhoneNumberSettings", {"callingName": "Acme"})),
    (
        "settings.call_detail_records",
        "bucket",
        "acme-cdr",
        record("UpdateGlobalSettings", {"businessCalling": {"cdrBucket": "acme-cdr"}}),
    ),
    ("settings.call_detail_records", "bucket", None, record("UpdateGlobalSettings", {"businessCalling": {}})),
    (
        "accounts.acme.identity.groups.sales",
        "license",
        "pro",
        record("AddOrUpdateGroups", {"accountId": ACCOUNT, "groups": [{"groupName": "sales", "licenseType": "Pro"}]}),
    ),
]


@pytest.mark.parametrize(("address", "field", "live", "event"), EXPLAINED)
def test_a_write_explains_the_value_that_it_set(address: str, field: str, live: Any, event: dict[str, Any]) -> None:
    assert author(address, event, field=field, live=live) == "mary"


@pytest.mark.parametrize(("address", "field", "live", "event"), EXPLAINED)
@pytest.mark.parametrize(
    "spoilt",
    [
        {"errorCode": "ForbiddenException"},
        {"readOnly": True},
        {"readOnly": "true"},
        {"eventSource": "iam.amazonaws.com"},
        {"eventTime": "yesterday"},
        {"requestParameters": None},
        {"requestParameters": HIDDEN},
        {"requestParameters": {"accountId": "another", "userId": "another"}},
    ],
)
def test_no_refused_call_no_read_and_no_other_object_explains_anything(
    address: str, field: str, live: Any, event: dict[str, Any], spoilt: dict[str, Any]
) -> None:
    assert author(address, {**event, **spoilt}, field=field, live=live) is None


@pytest.mark.parametrize(("address", "field", "live", "event"), EXPLAINED)
def test_no_write_explains_another_value(address: str, field: str, live: Any, event: dict[str, Any]) -> None:
    other: Any = not live if field in ("suspended", "disabled", "screen_sharing_control") else "something else"
    assert author(address, event, field=field, live=other) is None


SILENT: list[tuple[str, str, Any, dict[str, Any]]] = [
    (JANE, "license", "basic", batch(item("other"))),
    (JANE, "license", "basic", batch(item(), responseElements={"userErrors": [{"userId": USER, "errorCode": "X"}]})),
    (JANE, "license", "basic", record("UpdateUser", {"accountId": "other", **item()})),
    (JANE, "license", "basic", record("UpdateUserLicenses", {"account": ACCOUNT, "users": ["somebody"], "l": "Basic"})),
    (JANE, "license", "basic", record("SuspendUsers", {"account": ACCOUNT, "users": [USER], "note": "Basic"})),
    (IN_ROOM, "role", "administrator", added(membership("Administrator", "other"))),
    (
        IN_ROOM,
        "role",
        "member",
        added(membership(), responseElements={"errors": [{"memberId": USER, "errorCode": "Conflict"}]}),
    ),
    (IN_ROOM, "role", "member", record("CreateRoomMembership", {**IN, "roomId": "other", **membership()})),
    ("accounts.acme", "name", "Acme", record("CreateAccount", {"name": "Acme"})),
    ("accounts.acme", "name", None, record("UpdateAccount", {"accountId": ACCOUNT, "defaultLicense": "Pro"})),
    ("accounts.acme.retention", "rooms", None, retention(**{TALKS: {"retentionDays": 3}})),
    ("settings.call_detail_records", "bucket", None, record("UpdateGlobalSettings", {"voiceConnector": {}})),
]


@pytest.mark.parametrize(("address", "field", "live", "event"), SILENT)
def test_a_write_that_did_not_touch_the_field_says_nothing(
    address: str, field: str, live: Any, event: dict[str, Any]
) -> None:
    assert author(address, event, field=field, live=live) is None


EXISTENCE: list[tuple[str, bool, dict[str, Any]]] = [
    (
        "accounts.acme",
        True,
        record("CreateAccount", {"name": "Old"}, responseElements={"account": {"accountId": ACCOUNT}}),
    ),
    ("accounts.acme", False, record("DeleteAccount", {"accountId": ACCOUNT})),
    (JANE, True, record("InviteUsers", {"accountId": ACCOUNT, "userEmailList": ["x@y.example", "Jane@acme.example"]})),
    (JANE, False, record("BatchSuspendUser", {"accountId": ACCOUNT, "userIdList": [USER]})),
    (PHONE, True, record("CreatePhoneNumberOrder", {"productType": "X", "e164PhoneNumbers": [NUMBER]})),
    (PHONE, True, record("RestorePhoneNumber", {"phoneNumberId": "%2B12065550100"})),
    (PHONE, False, record("DeletePhoneNumber", {"phoneNumberId": "%2B12065550100"})),
    (PHONE, False, record("BatchDeletePhoneNumber", {"phoneNumberIds": [NUMBER]})),
    ('accounts.acme.domains["acme.example"]', True, record("AddDomain", {"accountId": ACCOUNT, "d": "ACME.example"})),
    ('accounts.acme.domains["acme.example"]', False, record("DeleteDomain", {"a": ACCOUNT, "d": "acme.example"})),
    (INCIDENTS, True, record("CreateRoom", {"accountId": ACCOUNT}, responseElements={"room": {"roomId": ROOM}})),
    (INCIDENTS, False, record("DeleteRoom", {"accountId": ACCOUNT, "roomId": ROOM})),
    (IN_ROOM, True, added(membership("Member", "other"), membership())),
    (IN_ROOM, False, record("DeleteRoomMembership", {**IN, "memberId": USER})),
    (
        DELEGATES,
        True,
        record(
            "AssociateSigninDelegateGroupsWithAccount",
            {"accountId": ACCOUNT, "signinDelegateGroups": [{"groupName": "Lobby"}, {"groupName": "Room Devices"}]},
        ),
    ),
    (
        DELEGATES,
        False,
        record(
            "DisassociateSigninDelegateGroupsFromAccount",
            {"accountId": ACCOUNT, "groupNames": ["Lobby", "Room Devices"]},
        ),
    ),
    ("accounts.acme.identity.groups.sales", False, record("DeleteGroups", {"a": ACCOUNT, "groupNames": ["sales"]})),
]


@pytest.mark.parametrize(("address", "exists", "event"), EXISTENCE)
def test_what_made_an_object_or_took_it_away(address: str, exists: bool, event: dict[str, Any]) -> None:
    assert author(address, event, exists=exists) == "mary"
    assert author(address, event, exists=not exists) is None
    assert author(address, {**event, "errorCode": "ConflictException"}, exists=exists) is None
    other = {"requestParameters": {"accountId": "another"}, "responseElements": {"account": {"accountId": "another"}}}
    assert author(address, {**event, **other}, exists=exists) is None


def test_a_later_write_to_another_value_means_that_nobody_is_known() -> None:
    events = [batch(item(), who="mary", at=0), batch(item(license_type="Pro"), who="omar", at=5)]
    assert author(JANE, *events, field="license", live="basic") is None
    assert author(JANE, *events, field="license", live="pro") == "omar"


def test_within_one_second_what_is_live_was_last() -> None:
    events = [batch(item(), who="mary"), batch(item(license_type="Pro"), who="omar")]
    assert author(JANE, *events, field="license", live="basic") == "mary"
    assert author(JANE, *events, field="license", live="pro") == "omar"


def test_a_later_hidden_value_means_that_nobody_is_known() -> None:
    events = [batch(item(), at=0), record("UpdateUser", {"accountId": ACCOUNT, **item(license_type=HIDDEN)}, at=5)]
    assert author(JANE, *events, field="license", live="basic") is None


def test_not_found_and_not_looked_are_told_apart() -> None:
    address = Address.parse(JANE)
    denied = Attributor(lambda names, since: History((), None, "LookupEvents: no"), IDS.get)
    assert denied.find(address, USER, field="license", live="pro") == Finding(None, None, "LookupEvents: no")
    assert find(JANE, field="license", live="pro") == Finding(None, START)
    untold = find("accounts.acme.meetings", field="regions", live=["us-east-1"])
    assert untold.attribution is None
    assert untold.since is None
    assert untold.why


def test_who_is_asked_about_decides_which_events_are_looked_up() -> None:
    looked: list[tuple[frozenset[str], datetime | None]] = []

    def look(names: frozenset[str], since: datetime | None) -> History:
        looked.append((names, since))
        return History((), since)

    Attributor(look, IDS.get).find(Address.parse(JANE), USER, field="phone", live=None, since=START)
    ((names, since),) = looked
    assert names == {"AssociatePhoneNumberWithUser", "DisassociatePhoneNumberFromUser"}
    assert since is not None
    assert START - timedelta(hours=1) < since < START


WHO: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "root", ""),
    ({"type": "IAMUser", "userName": "mary"}, "mary", ""),
    (
        {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::1:assumed-role/Admin/jane@acme.example",
            "sessionContext": {"sessionIssuer": {"userName": "Admin"}},
        },
        "jane@acme.example",
        "Admin",
    ),
    ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Admin/jane"}, "jane", "Admin"),
    ({"type": "AWSService", "invokedBy": "chime.amazonaws.com"}, "chime.amazonaws.com", ""),
    ({"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/jane"}, "jane", ""),
    ({"type": "AWSAccount", "principalId": "AIDAX"}, "AIDAX", ""),
    ({}, "somebody", ""),
]


@pytest.mark.parametrize(("identity", "who", "role"), WHO)
def test_every_identity_has_a_name(identity: dict[str, Any], who: str, role: str) -> None:
    found = find(JANE, batch(item(), userIdentity=identity), field="license", live="basic").attribution
    assert found is not None
    assert (found.who, found.role) == (who, role)
    assert (found.at, found.source_address) == ("2026-03-01T00:00:00+00:00", "198.51.100.7")
    assert (found.event, found.event_id) == ("BatchUpdateUser", "mary-BatchUpdateUser-0")


VIA: list[tuple[dict[str, Any], str]] = [
    ({"userAgent": "Boto3/1.40 md/Botocore#1.40"}, "boto3"),
    ({"userAgent": "Botocore/1.40 chimeform"}, "chimeform"),
    ({"userAgent": "aws-cli/2.15 md/Botocore"}, "AWS CLI"),
    ({"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.11 aws-sdk-go-v2/1.3"}, "Terraform"),
    ({"userAgent": "aws-sdk-go-v2/1.3 os/linux"}, "AWS SDK for Go"),
    ({"userAgent": "Mozilla/5.0", "sessionCredentialFromConsole": "true"}, "console"),
    ({"userAgent": "aws-internal/3 aws-sdk-java/1.12", "sessionCredentialFromConsole": "true"}, "console"),
    ({"userAgent": "aws-cli/2.15 exec-env/CloudShell", "sessionCredentialFromConsole": "true"}, "AWS CLI"),
    ({"userAgent": "curl/8.5 x"}, "curl/8.5"),
    ({"userAgent": ""}, "API"),
]


@pytest.mark.parametrize(("more", "via"), VIA)
def test_the_means_are_read_from_the_user_agent(more: dict[str, Any], via: str) -> None:
    found = find(JANE, batch(item(), **more), field="license", live="basic").attribution
    assert found is not None
    assert found.via == via


# ---------------------------------------------------------------- properties

LICENSES = {"basic": "Basic", "pro": "Pro"}
writes = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["mary", "omar", "eve"]),
        st.sampled_from(["Basic", "Pro"]),
        st.sampled_from(["UpdateUser", "BatchUpdateUser"]),
        st.sampled_from([{}, {}, {"errorCode": "ThrottledClientException"}, {"readOnly": True}]),
        st.sampled_from([USER, USER, "other"]),
    ),
    max_size=12,
    unique_by=lambda write: (write[0], write[1]),
)


def as_record(write: tuple[int, str, str, str, dict[str, Any], str]) -> dict[str, Any]:
    at, who, license_type, name, more, user = write
    if name == "UpdateUser":
        return record(name, {"accountId": ACCOUNT, **item(user, license_type)}, who=who, at=at, **more)
    return batch(item("third", "Pro"), item(user, license_type), who=who, at=at, **more)


@given(writes=writes, live=st.sampled_from(["basic", "pro"]), data=st.data())
def test_the_last_explaining_event_wins_whatever_the_order_of_pages(
    writes: Any, live: str, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(writes))
    found = author(JANE, *map(as_record, shuffled), field="license", live=live)
    assert found == author(JANE, *map(as_record, writes), field="license", live=live)
    effective = [write for write in writes if not write[4] and write[5] == USER]
    last = max((write[0] for write in effective), default=None)
    authors = {write[1] for write in effective if write[0] == last and write[2] == LICENSES[live]}
    assert (found in authors) if authors else (found is None)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([USER, ACCOUNT, HIDDEN]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["accountId", "userId", "userIdList", "updateUserRequestItems", "userErrors"]), inner
        )
    ),
    max_leaves=8,
)


@given(request=junk, answer=junk, identity=junk, name=st.sampled_from(["BatchUpdateUser", "InviteUsers", "UpdateUser"]))
def test_no_event_however_odd_breaks_anything(request: Any, answer: Any, identity: Any, name: str) -> None:
    odd = record(name, request, responseElements=answer, userIdentity=identity)
    find(JANE, odd, field="license", live="basic")
    find(JANE, odd, exists=True)
