"""The other AWS services behind the same port, with unmodified boto3 clients."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import SandboxProcess


def refusal(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_s3_keeps_objects_under_any_key(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="ledgers")
    for key in ("plain", "a/b c/é+%2F", "trailing/"):
        s3.put_object(Bucket="ledgers", Key=key, Body=key.encode())
        assert s3.get_object(Bucket="ledgers", Key=key)["Body"].read() == key.encode()
        assert s3.head_object(Bucket="ledgers", Key=key)["ContentLength"] == len(key.encode())
    listed = s3.list_objects_v2(Bucket="ledgers")["Contents"]
    assert {item["Key"] for item in listed} == {"plain", "a/b c/é+%2F", "trailing/"}
    s3.delete_object(Bucket="ledgers", Key="plain")
    assert refusal(s3.get_object, Bucket="ledgers", Key="plain") == ("NoSuchKey", 404)
    assert refusal(s3.get_object, Bucket="no-such-bucket", Key="x") == ("NoSuchBucket", 404)
    assert refusal(s3.head_object, Bucket="ledgers", Key="plain") == ("404", 404)


def test_what_is_meant_for_another_owners_bucket_is_not_done(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="mine")
    calls: list[tuple[Any, dict[str, Any]]] = [(s3.put_object, {"Key": "a", "Body": b"x"}), (s3.delete_bucket, {})]
    for call, more in calls:
        refused = refusal(call, Bucket="mine", ExpectedBucketOwner="999988887777", **more)
        assert refused == ("AccessDenied", 403)
    assert s3.list_objects_v2(Bucket="mine")["KeyCount"] == 0


def test_s3_writes_conditionally(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="ledgers")
    first = s3.put_object(Bucket="ledgers", Key="lock", Body=b"1", IfNoneMatch="*")
    assert refusal(s3.put_object, Bucket="ledgers", Key="lock", Body=b"2", IfNoneMatch="*")[1] == 412
    second = s3.put_object(Bucket="ledgers", Key="lock", Body=b"3", IfMatch=first["ETag"])
    assert refusal(s3.put_object, Bucket="ledgers", Key="lock", Body=b"4", IfMatch=first["ETag"])[1] == 412
    assert refusal(s3.delete_object, Bucket="ledgers", Key="lock", IfMatch=first["ETag"])[1] == 412
    s3.delete_object(Bucket="ledgers", Key="lock", IfMatch=second["ETag"])


def test_of_many_racing_conditional_writers_one_wins(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3", max_pool_connections=8)
    s3.create_bucket(Bucket="ledgers")

    def race(run: int, writer: int) -> bool:
        try:
            s3.put_object(Bucket="ledgers", Key=f"lock-{run}", Body=b"%d" % writer, IfNoneMatch="*")
        except botocore.exceptions.ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for run in range(5):
            assert sum(pool.map(race, [run] * 8, range(8))) == 1


def test_s3_moves_a_large_object_and_keeps_a_bucket_policy(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="records")
    body = bytes(range(256)) * 40_000
    s3.put_object(Bucket="records", Key="big", Body=body)
    assert s3.get_object(Bucket="records", Key="big")["Body"].read() == body
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "chime.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::records/*",
            }
        ],
    }
    s3.put_bucket_policy(Bucket="records", Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket="records")["Policy"]) == policy


def test_a_presigned_url_reaches_s3(sandbox: SandboxProcess) -> None:
    import urllib.request

    s3 = sandbox.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="records")
    s3.put_object(Bucket="records", Key="call.csv", Body=b"a,b")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "records", "Key": "call.csv"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        assert answer.read() == b"a,b"


def test_the_caller_is_the_user_that_the_key_is_named_after(sandbox: SandboxProcess) -> None:
    identity = sandbox.client("sts", access_key="mary").get_caller_identity()
    assert identity["Account"] == "111122223333"
    assert identity["Arn"] == "arn:aws:iam::111122223333:user/mary"
    odd = sandbox.client("sts", access_key="<&>").get_caller_identity()
    assert odd["Arn"] == "arn:aws:iam::111122223333:user/sandbox"


def test_services_play_the_same_account(sandbox: SandboxProcess) -> None:
    secret = sandbox.client("secretsmanager").create_secret(Name="s", SecretString="x")
    assert secret["ARN"].startswith("arn:aws:secretsmanager:us-east-1:111122223333:secret:")
    queue = sandbox.client("sqs").create_queue(QueueName="q")
    assert queue["QueueUrl"] == f"{sandbox.url}/111122223333/q"


def test_services_of_every_protocol_answer(sandbox: SandboxProcess) -> None:
    assert sandbox.client("lambda").list_functions()["Functions"] == []
    assert sandbox.client("route53").list_hosted_zones()["HostedZones"] == []
    assert sandbox.client("dynamodb").list_tables()["TableNames"] == []
    assert sandbox.client("iam").list_users()["Users"] == []
    assert sandbox.client("cloudwatch").list_metrics()["Metrics"] == []
    assert sandbox.client("logs").describe_log_groups()["logGroups"] == []
    assert sandbox.client("ec2").describe_instances()["Reservations"] == []
    assert sandbox.client("events").list_rules()["Rules"] == []


def test_a_call_that_must_not_be_signed_is_answered(sandbox: SandboxProcess) -> None:
    answer = sandbox.client("sts").assume_role_with_web_identity(
        RoleArn="arn:aws:iam::111122223333:role/deploy", RoleSessionName="ci", WebIdentityToken="token"
    )
    assert answer["Credentials"]["AccessKeyId"]


MISSING: list[tuple[str, str, dict[str, Any]]] = [
    ("route53", "test_dns_answer", {"HostedZoneId": "Z1", "RecordName": "a", "RecordType": "A"}),
    ("iam", "simulate_principal_policy", {"PolicySourceArn": "arn:aws:iam::1:user/aaaaaaaa", "ActionNames": ["a:bb"]}),
    ("cloudtrail", "list_imports", {}),
    ("ds", "reset_user_password", {"DirectoryId": "d-1234567890", "UserName": "x", "NewPassword": "y"}),
    ("accessanalyzer", "list_analyzers", {}),
    ("service-quotas", "list_services", {}),
    ("ec2", "describe_aws_network_performance_metric_subscriptions", {}),
    ("cloudwatch", "list_metric_streams", {}),
    ("dynamodb", "list_imports", {}),
]


@pytest.mark.parametrize(("service", "operation", "params"), MISSING, ids=[f"{row[0]}-{row[1]}" for row in MISSING])
def test_what_is_not_played_is_refused_in_the_services_own_protocol(
    sandbox: SandboxProcess, service: str, operation: str, params: dict[str, Any]
) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(sandbox.client(service), operation)(**params)
    response = caught.value.response
    assert response["Error"]["Code"] == "NotImplemented"
    assert response["Error"]["Message"].startswith("The sandbox does not play ")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_calls_of_other_services_are_not_counted_and_a_reset_empties_them(sandbox: SandboxProcess) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="records")
    sandbox.client("sts").get_caller_identity()
    assert sandbox.calls() == {}
    sandbox.reset()
    assert s3.list_buckets()["Buckets"] == []


def test_a_slow_start_of_the_others_holds_up_nobody() -> None:
    with SandboxProcess.start() as fresh, ThreadPoolExecutor() as pool:
        buckets = pool.submit(fresh.client("s3").list_buckets)
        assert fresh.client().list_accounts()["Accounts"] == []
        assert buckets.result()["Buckets"] == []


def test_moto_is_not_imported_for_chime_and_the_callers_identity() -> None:
    """The question is put to the modules themselves, because how long an import takes is no fact to test."""
    program = """
import sys, threading
sys.path.insert(0, "")
from chimeform.sandbox import serve
from tests.sandbox_process import SandboxProcess

def ask(url):
    sandbox = SandboxProcess(None, url, None)
    sandbox.client().create_account(Name="Acme")
    sandbox.client("sts").get_caller_identity()
    print("moto" in sys.modules)
    sandbox.client("s3").list_buckets()
    print("moto" in sys.modules)
    import os, signal
    os.kill(os.getpid(), signal.SIGTERM)

serve.run(ready=lambda url: threading.Thread(target=ask, args=[url]).start())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == ["False", "True"], done.stderr
