"""Call detail records on the real engine: the bucket, the right to write into it, and the order of the two."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.iam.needs import Command
from chimeform.plan import Action, Cause
from chimeform.resources.bucket_policy import delivery_statements
from chimeform.services.buckets import BucketServices
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox_process import ControlError

RECORDS = "settings.call_detail_records"
ACCOUNT = "111122223333"
FOREIGN = {
    "Sid": "Auditors",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/auditors"},
    "Action": ["s3:GetObject"],
    "Resource": "arn:aws:s3:::acme-cdr/*",
}


class Buckets:
    """Amazon S3 as everybody but the engine sees it."""

    def __init__(self, stage: Stage) -> None:
        self.s3 = stage.sandbox.client("s3")

    def put(self, *statements: Any, bucket: str = "acme-cdr") -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    def statements(self, bucket: str = "acme-cdr") -> list[dict[str, Any]] | None:
        try:
            found: list[dict[str, Any]] = json.loads(self.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        except self.s3.exceptions.ClientError:
            return None
        return found

    def encrypt(self, algorithm: str) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        self.s3.put_bucket_encryption(Bucket="acme-cdr", ServerSideEncryptionConfiguration={"Rules": [rule]})


@pytest.fixture
def buckets(stage: Stage) -> Buckets:
    stage.bucket()
    return Buckets(stage)


def declare(engine: Engine, bucket: str | None = "acme-cdr", *, keeps: bool | None = True) -> None:
    policy = {} if keeps is None else {"manage_bucket_policy": keeps}
    engine.write({"settings": {"call_detail_records": {"bucket": bucket, **policy}} if bucket else {}})


def test_the_policy_stands_before_delivery_is_turned_on_and_goes_after_it(
    engine: Engine, stage: Stage, buckets: Buckets
) -> None:
    declare(engine)
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["PutBucketPolicy", "UpdateGlobalSettings"]
    assert applied.plan.steps[1].after == (applied.plan.steps[0].id,)
    assert buckets.statements() == delivery_statements("acme-cdr", ACCOUNT)

    stage.chime.update_global_settings(VoiceConnector={"CdrBucket": "acme-voice"})
    declare(engine, None)
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["UpdateGlobalSettings", "DeleteBucketPolicy"]
    assert applied.plan.steps[1].after == (applied.plan.steps[0].id,)
    assert buckets.statements() is None, "nothing was left of the policy"
    told = stage.chime.get_global_settings()
    assert (told["BusinessCalling"], told["VoiceConnector"]) == ({}, {"CdrBucket": "acme-voice"})


@pytest.mark.parametrize("keeps", [None, False])
def test_without_it_a_policy_is_nobodys_business(engine: Engine, buckets: Buckets, *, keeps: bool | None) -> None:
    by_hand = delivery_statements("acme-cdr", "999988887777")
    buckets.put(FOREIGN, *by_hand)
    declare(engine, keeps=keeps)
    assert engine.applied().writes() == {"UpdateGlobalSettings": 1}
    declare(engine, None)
    engine.applied()
    assert buckets.statements() == [FOREIGN, *by_hand]


def test_switching_it_off_takes_back_what_is_ours_and_delivery_stays(
    engine: Engine, stage: Stage, buckets: Buckets
) -> None:
    buckets.put(FOREIGN)
    declare(engine)
    engine.applied()
    assert buckets.statements() == [FOREIGN, *delivery_statements("acme-cdr", ACCOUNT)]
    declare(engine, keeps=False)
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["DeleteBucketPolicy"]
    assert buckets.statements() == [FOREIGN]
    assert stage.chime.get_global_settings()["BusinessCalling"] == {"CdrBucket": "acme-cdr"}


def test_statements_that_were_written_by_hand_are_taken_over_as_they_stand(engine: Engine, buckets: Buckets) -> None:
    acl, write = delivery_statements("acme-cdr", ACCOUNT)
    acl.pop("Sid")
    write |= {"Sid": "ByHand", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::acme-cdr/*"]}
    buckets.put(write, FOREIGN, acl)
    declare(engine)
    assert engine.applied().writes() == {"UpdateGlobalSettings": 1}
    assert buckets.statements() == [write, FOREIGN, acl]
    declare(engine, None)
    engine.applied()
    assert buckets.statements() == [FOREIGN]


def changed(**conditions: Any) -> list[dict[str, Any]]:
    acl, write = delivery_statements("acme-cdr", ACCOUNT)
    return [acl, {**write, "Condition": {"StringEquals": conditions}}]


GUARD = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": ACCOUNT}


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (delivery_statements("acme-cdr", ACCOUNT)[:1], "the statement for s3:PutObject is missing"),
        (delivery_statements("acme-cdr", ACCOUNT)[1:], "the statement for s3:GetBucketAcl is missing"),
        (changed(**{"s3:x-amz-acl": GUARD["s3:x-amz-acl"]}), "aws:SourceAccount of s3:PutObject is missing"),
        (
            changed(**{**GUARD, "aws:SourceAccount": "999988887777"}),
            f"aws:SourceAccount of s3:PutObject is 999988887777, not {ACCOUNT}",
        ),
        (changed(**{**GUARD, "s3:prefix": "x"}), "s3:prefix of s3:PutObject is x"),
        (
            [*delivery_statements("acme-cdr", ACCOUNT), {**changed()[1], "Sid": "Looser"}],
            "s3:PutObject statements is 2, not 1",
        ),
        ([FOREIGN], "(none)"),
    ],
)
def test_what_somebody_changed_in_the_policy_is_told_part_by_part_and_put_right(
    engine: Engine, buckets: Buckets, there: list[dict[str, Any]], told: str
) -> None:
    declare(engine)
    engine.applied()
    buckets.put(*there)
    (drifted,) = engine.drift(since="last-apply").objects
    assert [(one.name, one.live_text) for one in drifted.fields] == [("manage_bucket_policy", told)]
    (change,) = engine.plan().changes
    assert [(field.before_text, field.cause) for field in change.fields] == [(told, Cause.THEIRS)]
    engine.applied()
    assert sorted(map(str, buckets.statements() or ())) == sorted(
        map(str, [*delivery_statements("acme-cdr", ACCOUNT), *([FOREIGN] if FOREIGN in there else [])])
    )


def test_another_bucket_gets_the_policy_first_and_the_one_before_loses_it_last(
    engine: Engine, stage: Stage, buckets: Buckets
) -> None:
    stage.bucket("acme-records")
    buckets.put(FOREIGN)
    declare(engine)
    engine.applied()
    declare(engine, "acme-records")
    applied = engine.applied()
    calls = [(step.operation, step.request.get("Bucket")) for step in applied.plan.steps]
    assert calls == [
        ("PutBucketPolicy", "acme-records"),
        ("UpdateGlobalSettings", None),
        ("DeleteBucketPolicy", "acme-cdr"),
    ]
    assert buckets.statements() == [FOREIGN]
    assert buckets.statements("acme-records") == delivery_statements("acme-records", ACCOUNT)


# ---------------------------------------------------------------- buckets that are out of reach


def theirs(stage: Stage) -> None:
    """A bucket of another AWS account, which has let us in."""
    stage.bucket("theirs")
    stage.sandbox.put("buckets", {"bucket": "theirs", "owner": "999988887777"})


@pytest.mark.parametrize(
    ("bucket", "code", "words"),
    [
        ("nowhere", "CF-CDR-001", "there is no bucket nowhere"),
        ("theirs", "CF-CDR-002", "the bucket theirs belongs to another AWS account"),
        ("acme-cdr", "CF-CDR-003", "the bucket acme-cdr may not be looked at"),
    ],
)
def test_a_bucket_out_of_reach_stops_what_is_asked_of_it(
    engine: Engine, stage: Stage, buckets: Buckets, bucket: str, code: str, words: str
) -> None:
    if bucket == "theirs":
        theirs(stage)
    if code == "CF-CDR-003":
        allowed = [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*"},
        ]
        stage.sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": allowed}})
    declare(engine, bucket, keeps=None)
    plan = engine.plan()
    assert [(one.code, one.reason) for one in plan.unread] == [(code, words)]
    assert plan.unread[0].do
    assert plan.steps == ()


def test_a_bucket_that_is_gone_does_not_keep_delivery_on(engine: Engine, stage: Stage, buckets: Buckets) -> None:
    declare(engine)
    engine.applied()
    buckets.s3.delete_bucket(Bucket="acme-cdr")
    assert [one.code for one in engine.drift().unread] == ["CF-CDR-001"]
    declare(engine, None)
    assert engine.applied().writes() == {"UpdateGlobalSettings": 1}
    assert stage.chime.get_global_settings()["BusinessCalling"] == {}


def test_a_customer_key_is_warned_of_before_and_after_the_apply(engine: Engine, buckets: Buckets) -> None:
    declare(engine)
    buckets.encrypt("AES256")
    assert engine.plan().warnings == ()
    buckets.encrypt("aws:kms")
    for _ in range(2):
        assert [one.code for one in engine.plan().warnings] == ["CF-CDR-005"]
        engine.applied()


# ---------------------------------------------------------------- read, changed, written


@pytest.mark.parametrize("text", ['"Statement"', '{"Version": "2012-10-17", "Statement": "all"}', "[1]"])
def test_a_policy_that_nobody_understands_is_not_written_over(engine: Engine, text: str) -> None:
    class Odd:
        """A bucket with a policy that Amazon S3 itself would not have taken."""

        written = False

        def call(self, service: str, operation: str, request: Any) -> Any:
            self.written |= operation.startswith(("Put", "Delete"))
            return {"Policy": text}

        time = engine.services.time

    odd = Odd()
    with pytest.raises(ServiceError) as caught:
        statements = delivery_statements("acme-cdr", ACCOUNT)
        BucketServices(odd).call(
            "buckets", "PutBucketPolicy", {"Bucket": "acme-cdr", "Policy": {"Statement": statements}}
        )
    assert (caught.value.code, caught.value.fault) == ("CF-CDR-004", ServiceFault.INVALID)
    assert not odd.written


def test_what_somebody_adds_between_plan_and_apply_is_kept(engine: Engine, buckets: Buckets) -> None:
    declare(engine)
    plan = engine.plan()
    buckets.put(FOREIGN)
    engine.applied(saved=plan)
    assert buckets.statements() == [FOREIGN, *delivery_statements("acme-cdr", ACCOUNT)]


def test_the_policy_names_the_account_that_the_files_expect(engine: Engine, buckets: Buckets) -> None:
    declare(engine)
    (step, _) = engine.plan().steps
    condition = step.request["Policy"]["Statement"][1]["Condition"]["StringEquals"]
    assert condition == GUARD
    assert engine.plan().changes[0].action is Action.UPDATE


def test_the_policy_of_the_credentials_names_the_bucket(engine: Engine, buckets: Buckets) -> None:
    def needed(command: Command = Command.APPLY) -> dict[str, set[str]]:
        policy, _ = engine.app().iam_policy(command)
        return {
            action: set(statement.resources)
            for statement in policy.statements
            for action in statement.actions
            if action.startswith("s3:")
        }

    arn = {"arn:aws:s3:::acme-cdr"}
    declare(engine, keeps=None)
    assert needed() == {"s3:ListBucket": arn, "s3:GetEncryptionConfiguration": arn}
    declare(engine)
    kept = {"s3:GetBucketPolicy", "s3:GetEncryptionConfiguration", "s3:ListBucket"}
    assert needed(Command.PLAN) == dict.fromkeys(kept, arn)
    assert needed() == dict.fromkeys({*kept, "s3:PutBucketPolicy"}, arn)
    engine.applied()
    declare(engine, keeps=False)
    assert needed() == dict.fromkeys({*kept, "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}, arn)


# ---------------------------------------------------------------- what people's calls leave there


def test_calls_arrive_where_the_policy_lets_them_in(engine: Engine, stage: Stage, buckets: Buckets) -> None:
    with pytest.raises(ControlError, match="delivered nowhere"):
        stage.sandbox.post("calls-made", {"calls": 1})
    declare(engine)
    engine.applied()
    made = stage.sandbox.post("calls-made", {"calls": 3, "days": 2})
    assert (made["Bucket"], made["Calls"]) == ("acme-cdr", 3)
    record = json.loads(buckets.s3.get_object(Bucket="acme-cdr", Key=made["Keys"][0])["Body"].read())
    assert record["AwsAccountId"] == ACCOUNT
    assert all(isinstance(value, str) for value in record.values())
    buckets.put(*changed(**{**GUARD, "aws:SourceAccount": "999988887777"}))
    with pytest.raises(ControlError, match="does not let Amazon Chime write"):
        stage.sandbox.post("calls-made", {"calls": 1})
