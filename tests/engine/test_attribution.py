"""Who did it, on the whole: two people and chimeform change things by API and at the console of one sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chimeform.address import Address
from chimeform.attribution import Attributor
from chimeform.drift import Attribution
from chimeform.language.desired import Aws, TrailFiles
from chimeform.services.aws import AwsServices
from chimeform.services.calls import Calls
from chimeform.services.cloudtrail import EventHistory
from tests.engine.engine import Engine
from tests.engine.stage import Stage

DAY = 86_400
CORP = Address.parse("accounts.corp")


class Detective:
    """Looks like a run of drift does: ids from the ledger or from what people made, one history for all questions."""

    def __init__(self, services: AwsServices, ids: Mapping[str, str], aws: Aws | None = None) -> None:
        self.ids = {Address.parse(text): physical for text, physical in ids.items()}
        self.calls = Calls(services, rate=1000)
        # the service's own time is known from its answers
        self.calls.read("chime", "ListAccounts", {})
        self.attributor = Attributor(EventHistory(self.calls, aws or Aws()).look, self.ids.get)

    def author(self, address: str, **asked: Any) -> Attribution | None:
        target = Address.parse(address)
        return self.attributor.attribute(target, self.ids.get(target), **asked)

    def who(self, address: str, **asked: Any) -> tuple[str, str, str] | None:
        found = self.author(address, **asked)
        return (found.who, found.via, found.event) if found else None


def test_everybody_is_named_for_what_she_did(engine: Engine, stage: Stage, services: AwsServices) -> None:
    corp, sandbox = stage.corp(), stage.sandbox
    sandbox.post("settings", {"event_lookups_per_second": 2})
    engine.write({"accounts": {"corp": {"name": "Corp", "users": {f"user{n}@corp.example": {} for n in range(3)}}}})
    engine.applied()
    user = {email: one["UserId"] for email, one in stage.users("Corp").items()}
    ids = {"accounts.corp": corp, **{f'accounts.corp.users["{email}"]': found for email, found in user.items()}}
    first, second, third = (f'accounts.corp.users["user{n}@corp.example"]' for n in range(3))
    mary, omar = (sandbox.client(access_key=name) for name in ("mary", "omar"))

    mary.update_user(AccountId=corp, UserId=ids[first], LicenseType="Basic")
    sandbox.advance(2)
    omar.batch_update_user(
        AccountId=corp,
        UpdateUserRequestItems=[
            {"UserId": ids[second], "LicenseType": "Basic"},
            {"UserId": "nobody", "LicenseType": "Basic"},
        ],
    )
    omar.batch_suspend_user(AccountId=corp, UserIdList=[ids[third]])
    mary.put_retention_settings(
        AccountId=corp,
        RetentionSettings={"RoomRetentionSettings": {"RetentionDays": 30}, "ConversationRetentionSettings": {}},
    )
    sandbox.post(f"console/accounts/{corp}/domains", {"domain": "more.example"}, user="omar")
    sandbox.advance(2)
    sandbox.delete(f"console/accounts/{corp}/domains/more.example", user="mary")
    with pytest.raises(ClientError):
        omar.update_account(AccountId=corp, Name="Elsewhere", DefaultLicense="Golden")

    found = Detective(services, ids)
    assert found.who(first, field="license", live="basic") == ("mary", "boto3", "UpdateUser")
    assert found.who(second, field="license", live="basic") == ("omar", "boto3", "BatchUpdateUser")
    assert found.who(third, field="suspended", live=True) == ("omar", "boto3", "BatchSuspendUser")
    assert found.who("accounts.corp.retention", field="rooms", live=30) == ("mary", "boto3", "PutRetentionSettings")
    added = 'accounts.corp.domains["corp.example"]'
    removed = 'accounts.corp.domains["more.example"]'
    assert found.who(added) == ("root", "console", "AddDomain")
    assert found.who(removed, exists=False) == ("mary", "console", "DeleteDomain")
    assert found.who(removed, exists=True) is None
    assert found.who(third, field="license", live="basic") is None
    assert found.who("accounts.corp", field="name", live="Elsewhere") is None
    counts = found.calls.counts
    assert counts["LookupEvents"] < 20, "each name is looked up once"


def test_what_chimeform_did_is_called_so(engine: Engine, stage: Stage, services: AwsServices) -> None:
    corp = stage.corp()
    engine.write({"accounts": {"corp": {"name": "Corp", "users": {"user0@corp.example": {"license": "basic"}}}}})
    engine.applied()
    person = 'accounts.corp.users["user0@corp.example"]'
    ids = {"accounts.corp": corp, person: stage.users("Corp")["user0@corp.example"]["UserId"]}
    found = Detective(services, ids).who(person, field="license", live="basic")
    assert found == ("test", "chimeform", "BatchUpdateUser")


def test_an_assumed_role_is_told_with_who_is_behind_it(stage: Stage, services: AwsServices) -> None:
    corp = stage.corp()
    given = stage.sandbox.client("sts").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/ChimeAdmin", RoleSessionName="jane"
    )
    client = stage.sandbox.client(access_key=given["Credentials"]["AccessKeyId"])
    client.update_account(AccountId=corp, DefaultLicense="Basic")
    found = Detective(services, {"accounts.corp": corp}).author("accounts.corp", field="default_license", live="basic")
    assert found is not None
    assert (found.who, found.role) == ("jane", "ChimeAdmin")


def test_what_is_older_than_ninety_days_is_read_from_the_trail(stage: Stage, services: AwsServices) -> None:
    corp, sandbox = stage.corp(), stage.sandbox
    begun = datetime.fromisoformat(sandbox.get("clock")["now"])
    sandbox.client(access_key="mary").update_account(AccountId=corp, DefaultLicense="Basic")
    sandbox.client("s3").create_bucket(Bucket="acme-trail")
    sandbox.post("cloudtrail/deliver", {"bucket": "acme-trail", "prefix": "logs"})
    sandbox.advance(100 * DAY)
    asked: dict[str, Any] = {"field": "default_license", "live": "basic", "since": begun - timedelta(days=1)}
    ids = {"accounts.corp": corp}
    assert Detective(services, ids).who("accounts.corp", **asked) is None
    trail = Aws(cloudtrail=TrailFiles(bucket="acme-trail", prefix="logs/"))
    found = Detective(services, ids, trail)
    assert found.who("accounts.corp", **asked) == ("mary", "boto3", "UpdateAccount")
    read = found.calls.counts["GetObject"]
    assert found.who("accounts.corp", **{**asked, "field": "name", "live": "Corp"}) is not None
    assert found.calls.counts["GetObject"] == read, "the files are read once in a run"
    sandbox.client(access_key="omar").update_account(AccountId=corp, DefaultLicense="Pro")
    assert Detective(services, ids, trail).who("accounts.corp", **asked) is None


def test_who_may_not_look_is_told_so(stage: Stage, services: AwsServices) -> None:
    corp, sandbox = stage.corp(), stage.sandbox
    sandbox.post("iam", {"deny": ["cloudtrail:*"]})
    found = Detective(services, {"accounts.corp": corp})
    finding = found.attributor.find(CORP, corp, field="name", live="Corp")
    assert (finding.attribution, finding.since) == (None, None)
    assert "not authorized to perform: cloudtrail:LookupEvents" in finding.why
    assert found.calls.counts["LookupEvents"] == 1
    sandbox.control("DELETE", "iam")
    trail = Aws(cloudtrail=TrailFiles(bucket="no-such-trail"))
    finding = Detective(services, {"accounts.corp": corp}, trail).attributor.find(
        CORP, corp, field="name", live="Corp", since=datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    )
    assert finding.since is None
    assert "ListObjectsV2" in finding.why


def test_a_file_that_is_none_of_cloudtrails_is_no_answer(stage: Stage, services: AwsServices) -> None:
    corp, s3 = stage.corp(), stage.sandbox.client("s3")
    s3.create_bucket(Bucket="acme-notes")
    long_ago = datetime.fromisoformat(stage.sandbox.get("clock")["now"]) - timedelta(days=95)
    key = f"AWSLogs/111122223333/CloudTrail/us-east-1/{long_ago:%Y/%m/%d}/notes.json.gz"
    s3.put_object(Bucket="acme-notes", Key=key, Body=b"not gzipped")
    trail = Aws(cloudtrail=TrailFiles(bucket="acme-notes"))
    finding = Detective(services, {"accounts.corp": corp}, trail).attributor.find(
        CORP, corp, field="name", live="Corp", since=long_ago
    )
    assert finding.since is None
    assert "no log file of CloudTrail" in finding.why
