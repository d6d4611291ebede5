"""CloudTrail's LookupEvents with unmodified botocore: who called Amazon Chime, and who did what at its console."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from chimeform.sandbox.trail import Move, Trail
from tests.sandbox.stage import DAY, Stage
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import ControlError, SandboxProcess

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
ROOT = "arn:aws:iam::111122223333:root"


class Events:
    """What CloudTrail tells, by boto3's client."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.client = make_client(sandbox, "cloudtrail")

    def all(self, **asked: Any) -> list[dict[str, Any]]:
        """The records of all pages, newest first."""
        return [json.loads(event["CloudTrailEvent"]) for event in self.raw(**asked)]

    def raw(self, **asked: Any) -> Iterator[dict[str, Any]]:
        for page in self.client.get_paginator("lookup_events").paginate(**asked):
            yield from page["Events"]

    def by(self, key: str, value: str) -> list[str]:
        """Names of the events with that attribute."""
        wanted = [{"AttributeKey": key, "AttributeValue": value}]
        return [event["EventName"] for event in self.raw(LookupAttributes=wanted)]

    def named(self, name: str) -> dict[str, Any]:
        """The only record of that name."""
        (found,) = [record for record in self.all() if record["eventName"] == name]
        return found

    def names(self, **asked: Any) -> list[str]:
        return [record["eventName"] for record in self.all(**asked)]

    def refusal(self, **asked: Any) -> str:
        with pytest.raises(ClientError) as caught:
            self.client.lookup_events(**asked)
        code: str = caught.value.response["Error"]["Code"]
        return code


@cache
def make_client(sandbox: SandboxProcess, service: str, access_key: str = "test") -> Any:
    # Making a client reads the whole service model: one for all tests of a sandbox.
    return sandbox.client(service, access_key=access_key)


@pytest.fixture
def events(sandbox: SandboxProcess) -> Events:
    return Events(sandbox)


def test_a_write_tells_who_did_what_from_where_with_what(sandbox: SandboxProcess, events: Events) -> None:
    jane = make_client(sandbox, "chime", "jane")
    answer = jane.create_account(Name="Acme")
    record = events.named("CreateAccount")
    assert record["userIdentity"] == {
        "type": "IAMUser",
        "principalId": record["userIdentity"]["principalId"],
        "arn": "arn:aws:iam::111122223333:user/jane",
        "accountId": "111122223333",
        "userName": "jane",
        "accessKeyId": "jane",
    }
    assert record["eventSource"] == "chime.amazonaws.com"
    assert record["awsRegion"] == "us-east-1"
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert record["userAgent"].startswith("Boto3/")
    assert record["requestParameters"] == {"name": "Acme"}
    assert record["responseElements"]["account"]["accountId"] == answer["Account"]["AccountId"]
    assert record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert record["readOnly"] is False
    assert "errorCode" not in record
    assert "sessionCredentialFromConsole" not in record


def test_an_event_is_listed_with_the_members_of_the_model(sandbox: SandboxProcess, events: Events) -> None:
    make_client(sandbox, "chime", "jane").create_account(Name="Acme")
    (event,) = events.raw()
    record = json.loads(event["CloudTrailEvent"])
    assert event["EventTime"] == datetime.fromisoformat(record["eventTime"])
    assert {name: value for name, value in event.items() if name not in ("CloudTrailEvent", "EventTime")} == {
        "EventId": record["eventID"],
        "EventName": "CreateAccount",
        "ReadOnly": "false",
        "AccessKeyId": "jane",
        "EventSource": "chime.amazonaws.com",
        "Username": "jane",
        "Resources": [],
    }
    assert next(events.raw())["EventId"] == event["EventId"]


def test_a_read_tells_only_what_was_asked(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    stage.api.list_users(AccountId=account_id, MaxResults=7)
    record = events.named("ListUsers")
    assert record["readOnly"] is True
    assert record["requestParameters"] == {"accountId": account_id, "maxResults": 7}
    assert record["responseElements"] is None


def test_a_refused_call_tells_why(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    with pytest.raises(ClientError):
        stage.api.create_room(AccountId=account_id, Name="Incidents")
    record = events.named("CreateRoom")
    assert record["errorCode"] == "ForbiddenException"
    assert record["errorMessage"]
    assert record["requestParameters"]["accountId"] == account_id
    assert record["responseElements"] is None


def test_what_iam_and_the_model_refuse_is_recorded_too(stage: Stage, events: Events) -> None:
    stage.sandbox.post("iam", {"deny": ["chime:DeleteAccount"]})
    with pytest.raises(ClientError):
        stage.api.delete_account(AccountId="a")
    with pytest.raises(ClientError):
        stage.api.list_users(AccountId="a", MaxResults=1000)
    refused = {record["eventName"]: record for record in events.all()}
    assert refused["DeleteAccount"]["errorCode"] == "AccessDeniedException"
    assert "not authorized to perform: chime:DeleteAccount" in refused["DeleteAccount"]["errorMessage"]
    assert refused["ListUsers"]["errorCode"] == "BadRequestException"
    assert refused["ListUsers"]["requestParameters"] is None


def test_a_call_whose_answer_was_lost_is_recorded(stage: Stage, events: Events) -> None:
    stage.sandbox.add_faults({"operation": "CreateAccount", "kind": "drop_response", "times": 1})
    with pytest.raises(ConnectionClosedError):
        stage.api.create_account(Name="Acme")
    assert events.named("CreateAccount")["responseElements"]["account"]["name"] == "Acme"


def test_items_of_a_batch_that_failed_are_told(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    user_id = stage.member(account_id)
    items = [{"UserId": user, "LicenseType": "Basic"} for user in (user_id, "nobody")]
    stage.api.batch_update_user(AccountId=account_id, UpdateUserRequestItems=items)
    record = events.named("BatchUpdateUser")
    assert record["requestParameters"]["updateUserRequestItems"][0] == {"userId": user_id, "licenseType": "Basic"}
    assert [error["userId"] for error in record["responseElements"]["userErrors"]] == ["nobody"]


def test_secrets_are_hidden(stage: Stage, events: Events) -> None:
    voice = VoiceStage(stage.sandbox).api
    account_id = stage.enterprise()
    bot = stage.api.create_bot(AccountId=account_id, DisplayName="HelpDesk")["Bot"]
    connector = voice.create_voice_connector(Name="Main", RequireEncryption=True)["VoiceConnector"]["VoiceConnectorId"]
    voice.put_voice_connector_termination_credentials(
        VoiceConnectorId=connector, Credentials=[{"Username": "pbx", "Password": "correct horse"}]
    )
    stage.sandbox.post(f"console/accounts/{account_id}/okta", {"issuer": "https://okta.example", "client_id": "0oa1"})
    key = stage.sandbox.post(f"console/accounts/{account_id}/keys")["AccessKey"]["Key"]
    told = json.dumps(events.all())
    for secret in (bot["SecurityToken"], "correct horse", key):
        assert secret not in told
    assert events.named("CreateBot")["responseElements"]["bot"]["securityToken"] == HIDDEN
    put = events.named("PutVoiceConnectorTerminationCredentials")
    assert put["requestParameters"]["credentials"] == [{"username": "pbx", "password": HIDDEN}]
    assert events.named("UpdateAccountOpenIdConfig")["requestParameters"]["clientSecret"] == HIDDEN
    assert events.named("CreateApiKey")["responseElements"]["apiKey"]["key"] == HIDDEN


def test_more_is_hidden_where_a_setting_says_so(stage: Stage, events: Events) -> None:
    stage.sandbox.post("settings", {"hidden_members": ["UserEmailList"]})
    stage.invite(stage.team(), "jane@acme.example")
    assert events.named("InviteUsers")["requestParameters"]["userEmailList"] == HIDDEN


def test_events_of_the_voice_service_are_in_its_region(stage: Stage, events: Events) -> None:
    VoiceStage(stage.sandbox).client("eu-west-1").create_voice_connector(Name="Main", RequireEncryption=True)
    assert events.names() == []
    (event,) = make_regional_client(stage.sandbox, "eu-west-1").lookup_events()["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert (record["awsRegion"], record["eventSource"]) == ("eu-west-1", "chime.amazonaws.com")
    assert record["requestParameters"] == {"name": "Main", "requireEncryption": True}


def test_only_amazon_chime_is_recorded(sandbox: SandboxProcess, events: Events) -> None:
    make_client(sandbox, "s3").create_bucket(Bucket="acme")
    make_client(sandbox, "cloudtrail").describe_trails()
    assert events.names() == []


def test_each_attribute_chooses(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    make_client(stage.sandbox, "chime", "omar").get_account(AccountId=account_id)
    stage.claim(account_id, "acme.example")
    everything = ["AddDomain", "GetAccount", "CreateAccount"]
    assert events.by("EventName", "GetAccount") == ["GetAccount"]
    assert events.by("ReadOnly", "true") == ["GetAccount"]
    assert events.by("ReadOnly", "false") == ["AddDomain", "CreateAccount"]
    assert events.by("Username", "omar") == ["GetAccount"]
    assert events.by("Username", "root") == ["AddDomain"]
    assert events.by("AccessKeyId", "test") == ["CreateAccount"]
    assert events.by("EventSource", "chime.amazonaws.com") == everything
    assert events.by("EventSource", "ec2.amazonaws.com") == []
    assert events.by("EventId", events.named("AddDomain")["eventID"]) == ["AddDomain"]
    assert events.by("ResourceName", account_id) == []
    assert events.by("ResourceType", "AWS::Chime::Account") == []
    assert events.names() == everything


def test_pages_go_on_where_the_last_one_ended_whatever_happens_meanwhile(stage: Stage, events: Events) -> None:
    for name in "abcde":
        stage.team(name)
    client, shown = events.client, []
    token: dict[str, str] = {}
    while True:
        page = client.lookup_events(MaxResults=2, **token)
        shown += [json.loads(event["CloudTrailEvent"])["requestParameters"]["name"] for event in page["Events"]]
        stage.team("late")
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    assert shown == ["e", "d", "c", "b", "a"]


def test_fifty_events_are_a_page(stage: Stage, events: Events) -> None:
    for _ in range(51):
        stage.api.list_accounts()
    page = events.client.lookup_events()
    assert len(page["Events"]) == 50
    assert len(events.client.lookup_events(NextToken=page["NextToken"])["Events"]) == 1


def test_time_ranges_and_the_ninety_days(stage: Stage, events: Events) -> None:
    stage.team("old")
    stage.sandbox.advance(80 * DAY)
    stage.team("new")
    now = datetime.fromisoformat(stage.sandbox.get("clock")["now"])
    week = timedelta(days=7)
    assert len(events.names()) == 2
    assert [one["requestParameters"]["name"] for one in events.all(StartTime=now - week)] == ["new"]
    assert [one["requestParameters"]["name"] for one in events.all(EndTime=now - week)] == ["old"]
    assert events.names(StartTime=now - 3 * week, EndTime=now - week) == []
    stage.sandbox.advance(11 * DAY)
    assert [one["requestParameters"]["name"] for one in events.all()] == ["new"]
    assert [one["requestParameters"]["name"] for one in events.all(StartTime=now - 30 * week)] == ["new"]


def test_look_ups_that_make_no_sense_are_refused_by_name(stage: Stage, events: Events) -> None:
    now = datetime.now(UTC)
    name = {"AttributeKey": "EventName", "AttributeValue": "CreateAccount"}
    assert events.refusal(LookupAttributes=[name, name]) == "InvalidLookupAttributesException"
    assert events.refusal(LookupAttributes=[{**name, "AttributeKey": "Colour"}]) == "InvalidLookupAttributesException"
    assert events.refusal(StartTime=now, EndTime=now - timedelta(hours=1)) == "InvalidTimeRangeException"
    assert events.refusal(MaxResults=51) == "InvalidMaxResultsException"
    assert events.refusal(EventCategory="data") == "InvalidEventCategoryException"
    for token in ("nonsense", "", "W10=", "WzEsMl0="):
        assert events.refusal(NextToken=token) == "InvalidNextTokenException"
    assert events.names(EventCategory="insight") == []
    for account in "ab":
        stage.team(account)
    token = events.client.lookup_events(MaxResults=1)["NextToken"]
    assert events.refusal(NextToken=token, LookupAttributes=[name]) == "InvalidNextTokenException"


def test_the_documented_rate_is_a_setting(sandbox: SandboxProcess, events: Events) -> None:
    sandbox.post("settings", {"event_lookups_per_second": 2})
    assert events.names() == events.names() == []
    assert events.refusal() == "ThrottlingException"
    make_regional_client(sandbox, "eu-west-1").lookup_events()
    sandbox.advance(1)
    assert events.names() == []


def test_iam_and_faults_reach_look_ups(sandbox: SandboxProcess, events: Events) -> None:
    sandbox.post("iam", {"deny": ["cloudtrail:LookupEvents"]})
    with pytest.raises(ClientError) as caught:
        events.client.lookup_events()
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    sandbox.control("DELETE", "iam")
    sandbox.add_faults({"operation": "LookupEvents", "kind": "throttle", "times": 1})
    assert events.refusal() == "ThrottlingException"
    assert sandbox.calls() == {"LookupEvents": 2}


def test_times_travel_as_numbers(sandbox: SandboxProcess, stage: Stage) -> None:
    stage.team()
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/cloudtrail/aws4_request, Signature=0",
        "X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
        "Content-Type": "application/x-amz-json-1.1",
    }
    connection.request("POST", "/", b"{}", headers)
    answer = connection.getresponse()
    assert answer.getheader("content-type") == "application/x-amz-json-1.1"
    assert isinstance(json.loads(answer.read())["Events"][0]["EventTime"], int)
    connection.close()


CONSOLE: list[tuple[str, str, Any, list[str], dict[str, Any]]] = [
    ("POST", "domains", {"domain": "b.example"}, ["AddDomain"], {"domainName": "b.example"}),
    ("DELETE", "domains/acme.example", None, ["DeleteDomain"], {"domainName": "acme.example"}),
    (
        "POST",
        "directory",
        {"directory_id": "d-1234567890"},
        ["ConnectDirectory", "AuthorizeDirectory"],
        {"directoryId": "d-1234567890"},
    ),
    (
        "POST",
        "okta",
        {"issuer": "https://okta.example", "client_id": "0oa1"},
        ["UpdateAccountOpenIdConfig"],
        {"issuer": "https://okta.example", "clientId": "0oa1", "clientSecret": HIDDEN},
    ),
    ("POST", "keys", None, ["CreateApiKey"], {}),
    ("GET", "keys", None, ["ListApiKeys"], {}),
    ("PUT", "licenses", {"licenses": ["Pro"]}, ["UpdateSupportedLicenses"], {"supportedLicenses": ["Pro"]}),
    ("PUT", "meetings", {"slack_sign_in": True}, [], {}),
]


@pytest.mark.parametrize(("method", "path", "body", "names", "told"), CONSOLE)
def test_moves_at_the_console_leave_their_events(
    stage: Stage,
    events: Events,
    method: str,
    path: str,
    body: Any,
    names: list[str],
    told: dict[str, Any],
) -> None:
    account_id = stage.enterprise()
    stage.sandbox.control(method, f"console/accounts/{account_id}/{path}", body, user="mary")
    left = [record for record in events.all() if record["userIdentity"].get("userName") == "mary"]
    assert [record["eventName"] for record in left] == names
    for record in left:
        assert record["requestParameters"] == {"accountId": account_id, **told}
        assert record["sessionCredentialFromConsole"] == "true"
        assert record["userIdentity"]["accessKeyId"].startswith("ASIA")
        assert record["readOnly"] is (method == "GET")
    assert len({record["eventID"] for record in left}) == len(names)


def test_groups_invitations_and_new_accounts_leave_theirs(stage: Stage, events: Events) -> None:
    made = stage.sandbox.post("console/accounts", {"name": "Acme"}, user="mary")
    account_id = made["AccountId"]
    assert events.named("CreateAccount")["responseElements"]["account"] == {"accountId": account_id, "name": "Acme"}
    stage.sandbox.post(f"console/accounts/{account_id}/invitations", {"emails": ["a@b.example"]}, user="mary")
    assert events.named("InviteUsers")["responseElements"]["invites"][0]["emailAddress"] == "a@b.example"
    directory = stage.directory()
    path = f"console/accounts/{directory}/groups"
    stage.sandbox.post(path, {"name": "Chime Pro", "license": "Pro"}, user="mary")
    stage.sandbox.delete(f"{path}/Chime%20Pro", user="omar")
    added, removed = events.named("AddOrUpdateGroups"), events.named("DeleteGroups")
    assert added["requestParameters"]["groups"] == [{"groupName": "Chime Pro", "licenseType": "Pro"}]
    assert removed["requestParameters"] == {"accountId": directory, "groupNames": ["Chime Pro"]}
    assert removed["userIdentity"]["userName"] == "omar"


def test_nobody_named_at_the_console_is_root(stage: Stage, events: Events) -> None:
    stage.enterprise()
    identity = events.named("AddDomain")["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("Root", ROOT)
    assert next(events.raw())["Username"] == "root"


def test_a_claim_is_verified_by_the_service_and_nobodys_event(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    stage.claim(account_id, "acme.example", verified=False)
    stage.claim(account_id, "acme.example")
    assert events.names().count("AddDomain") == 1


def test_a_refused_move_tells_why(stage: Stage, events: Events) -> None:
    stage.enterprise("acme.example")
    other = stage.team("Other")
    with pytest.raises(ControlError):
        stage.claim(other, "acme.example")
    with pytest.raises(ControlError):
        stage.sandbox.post(f"console/accounts/{other}/okta", {"issuer": "https://okta.example", "client_id": "0oa1"})
    record = events.named("UpdateAccountOpenIdConfig")
    assert record["errorCode"] == "ForbiddenException"
    assert "claim and verify" in record["errorMessage"]


def test_what_people_and_carriers_do_is_no_event(stage: Stage, events: Events) -> None:
    account_id = stage.team()
    stage.invite(account_id, "jane@acme.example")
    before = events.names()
    stage.accept("jane@acme.example")
    stage.register("omar@acme.example")
    stage.sandbox.get("accounts")
    assert events.names() == before


def test_an_assumed_role_is_told_with_its_session(stage: Stage, events: Events) -> None:
    sts = make_client(stage.sandbox, "sts")
    role = "arn:aws:iam::111122223333:role/ChimeAdmin"
    given = sts.assume_role(RoleArn=role, RoleSessionName="jane@acme.example")["Credentials"]
    stage.sandbox.client(access_key=given["AccessKeyId"]).create_account(Name="Acme")
    identity = events.named("CreateAccount")["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == "arn:aws:sts::111122223333:assumed-role/ChimeAdmin/jane@acme.example"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "ChimeAdmin"
    assert events.by("Username", "jane@acme.example") == ["CreateAccount"]


def test_log_files_are_delivered_into_a_bucket(stage: Stage, events: Events) -> None:
    s3 = make_client(stage.sandbox, "s3")
    s3.create_bucket(Bucket="acme-trail")
    stage.team("first")
    stage.sandbox.advance(2 * DAY)
    stage.team("second")
    told = stage.sandbox.post("cloudtrail/deliver", {"bucket": "acme-trail", "prefix": "logs"})
    day = datetime.fromisoformat(stage.sandbox.get("clock")["now"])
    first, second = told["Files"]
    assert first.startswith(f"logs/AWSLogs/111122223333/CloudTrail/us-east-1/{day - timedelta(days=2):%Y/%m/%d}/")
    assert second.startswith(f"logs/AWSLogs/111122223333/CloudTrail/us-east-1/{day:%Y/%m/%d}/111122223333_CloudTrail_")
    content = s3.get_object(Bucket="acme-trail", Key=second)["Body"].read()
    (record,) = json.loads(gzip.decompress(content))["Records"]
    assert record == events.all()[0]
    stage.team("third")
    again = stage.sandbox.post("cloudtrail/deliver", {"bucket": "acme-trail", "prefix": "logs"})
    assert (again["Events"], len(again["Files"])) == (1, 1)
    assert again["Files"][0] != second
    assert stage.sandbox.post("cloudtrail/deliver", {"bucket": "acme-trail"})["Events"] == 3


def test_a_bucket_that_is_not_there_loses_no_events(stage: Stage) -> None:
    stage.team()
    with pytest.raises(ControlError, match="no bucket acme-later"):
        stage.sandbox.post("cloudtrail/deliver", {"bucket": "acme-later"})
    make_client(stage.sandbox, "s3").create_bucket(Bucket="acme-later")
    assert stage.sandbox.post("cloudtrail/deliver", {"bucket": "acme-later"})["Events"] == 1


def test_a_reset_forgets_the_events(stage: Stage, events: Events) -> None:
    stage.team()
    stage.sandbox.reset()
    assert events.names() == []


def test_memory_is_bounded_and_reads_push_out_no_write() -> None:
    trail = Trail("111122223333", lambda key: None)

    def note(name: str, *, is_read: bool) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        trail.note(Move(now, name, None, "id", b"", "127.0.0.1", {}, None, is_read=is_read))

    note("CreateAccount", is_read=False)
    for _ in range(100_000):
        note("GetAccount", is_read=True)
    names = [fact.name for fact in trail.newest_first()]
    assert len(names) < 50_000
    assert names[0] == "GetAccount"
    assert names[-1] == "CreateAccount"


@cache
def make_regional_client(sandbox: SandboxProcess, region: str) -> Any:
    session: Any = boto3.session.Session()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return session.client("cloudtrail", endpoint_url=sandbox.url, region_name=region, **keys)
