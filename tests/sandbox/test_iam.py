"""A whole policy document in force: for Amazon Chime and for the other services, in the words of IAM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import botocore.exceptions
import pytest

from tests.directories import Directories
from tests.sandbox_process import ControlError, SandboxProcess

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret"
USER = "User: arn:aws:iam::111122223333:user/test is not authorized to perform:"


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def enforce(sandbox: SandboxProcess, *statements: Mapping[str, Any]) -> None:
    sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": list(statements)}})


def refusal(sandbox: SandboxProcess, service: str, operation: str, **params: Any) -> tuple[int, str, str]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(sandbox.client(service), operation)(**params)
    response = caught.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def is_allowed(sandbox: SandboxProcess, service: str, operation: str, **params: Any) -> bool:
    """Whether IAM lets it through, whatever becomes of it then."""
    try:
        getattr(sandbox.client(service), operation)(**params)
    except botocore.exceptions.ClientError as error:
        return "is not authorized to perform" not in error.response["Error"]["Message"]
    return True


def test_what_no_statement_allows_is_refused(sandbox: SandboxProcess) -> None:
    enforce(sandbox, statement(["chime:List*", "chime:getaccount"]))
    assert is_allowed(sandbox, "chime", "list_accounts")
    assert is_allowed(sandbox, "chime", "get_account", AccountId="a"), "names are compared without regard to case"
    status, code, message = refusal(sandbox, "chime", "create_account", Name="Acme")
    assert (status, code) == (403, "AccessDeniedException")
    why = "because no identity-based policy allows the chime:CreateAccount action"
    assert message == f"{USER} chime:CreateAccount on resource: * {why}"
    assert sandbox.get("iam")["policy"]["Statement"] == [statement(["chime:List*", "chime:getaccount"])]
    sandbox.delete("iam")
    assert is_allowed(sandbox, "chime", "create_account", Name="Acme")


def test_an_explicit_deny_wins(sandbox: SandboxProcess) -> None:
    enforce(sandbox, statement("*"), statement("chime:Create?ot", effect="Deny"))
    assert is_allowed(sandbox, "chime", "create_account", Name="Acme")
    status, code, message = refusal(sandbox, "chime", "create_bot", AccountId="a", DisplayName="x")
    assert (status, code) == (403, "AccessDeniedException")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_all_but_some_actions(sandbox: SandboxProcess) -> None:
    enforce(sandbox, {"Effect": "Allow", "NotAction": ["chime:*", "sts:*"], "Resource": "*"})
    assert is_allowed(sandbox, "ssm", "describe_parameters")
    assert not is_allowed(sandbox, "chime", "list_accounts")


def test_the_voice_service_has_the_prefix_of_amazon_chime(sandbox: SandboxProcess) -> None:
    import boto3

    voice = boto3.client(
        "chime-sdk-voice",
        endpoint_url=f"{sandbox.url}/chime-sdk-voice",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    enforce(sandbox, statement("chime:ListVoiceConnectors"))
    assert voice.list_voice_connectors()["VoiceConnectors"] == []
    with pytest.raises(voice.exceptions.AccessDeniedException, match="chime:ListVoiceConnectorGroups"):
        voice.list_voice_connector_groups()


REFUSED: list[tuple[str, str, dict[str, Any], int, str, str]] = [
    ("secretsmanager", "get_secret_value", {"SecretId": "a/b"}, 400, "GetSecretValue", "a/b"),
    ("ssm", "get_parameter", {"Name": "/a/b"}, 400, "GetParameter", "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"),
    ("route53", "get_hosted_zone", {"Id": "Z1"}, 403, "GetHostedZone", "arn:aws:route53:::hostedzone/Z1"),
    ("s3", "list_objects_v2", {"Bucket": "b"}, 403, "ListBucket", "arn:aws:s3:::b"),
    ("s3", "get_object", {"Bucket": "b", "Key": "k/x"}, 403, "GetObject", "arn:aws:s3:::b/k/x"),
    ("s3", "get_bucket_policy", {"Bucket": "b"}, 403, "GetBucketPolicy", "arn:aws:s3:::b"),
    ("s3", "list_buckets", {}, 403, "ListAllMyBuckets", "*"),
    ("ds", "describe_directories", {}, 400, "DescribeDirectories", "*"),
    ("lambda", "list_functions", {}, 403, "ListFunctions", "*"),
    ("cloudtrail", "describe_trails", {}, 400, "DescribeTrails", "*"),
    ("iam", "list_users", {}, 403, "ListUsers", "*"),
    ("sqs", "list_queues", {}, 400, "ListQueues", "*"),
]


@pytest.mark.parametrize("row", REFUSED, ids=[f"{row[0]}-{row[1]}" for row in REFUSED])
def test_other_services_are_refused_in_their_own_protocol(sandbox: SandboxProcess, row: tuple[Any, ...]) -> None:
    service, operation, params, status, action, resource = row
    enforce(sandbox, statement("chime:*"))
    found_status, code, message = refusal(sandbox, service, operation, **params)
    assert message.startswith(f"{USER} {service}:{action} on resource: {resource} because")
    assert (found_status, code.removesuffix("Exception")) == (status, "AccessDenied")
    enforce(sandbox, statement(f"{service}:{action}"))
    assert is_allowed(sandbox, service, operation, **params)


def test_resources_narrow_what_is_allowed(sandbox: SandboxProcess) -> None:
    enforce(
        sandbox,
        statement("secretsmanager:GetSecretValue", f"{SECRET}:chime/bot-??????"),
        statement("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/chime/*"),
        statement("route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1"),
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::private/*"},
    )
    for service, operation, allowed, refused in (
        ("secretsmanager", "get_secret_value", {"SecretId": "chime/bot"}, {"SecretId": "chime/bots"}),
        ("secretsmanager", "get_secret_value", {"SecretId": f"{SECRET}:chime/bot-a1B2c3"}, {"SecretId": f"{SECRET}:x"}),
        ("ssm", "get_parameter", {"Name": "/chime/key"}, {"Name": "/other/key"}),
        ("route53", "get_hosted_zone", {"Id": "Z1"}, {"Id": "Z12"}),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}, {"Bucket": "private", "Key": "k"}),
    ):
        assert is_allowed(sandbox, service, operation, **allowed), (service, allowed)
        assert not is_allowed(sandbox, service, operation, **refused), (service, refused)


def test_directory_service_data_takes_two_actions_on_the_directory(sandbox: SandboxProcess) -> None:
    ad = Directories(sandbox)
    arn = f"arn:aws:ds:us-east-1:111122223333:directory/{ad.directory}"
    enforce(sandbox, statement("ds-data:ListGroups", arn))
    with pytest.raises(ad.data.exceptions.AccessDeniedException, match="ds:AccessDSData"):
        ad.ask("list_groups")
    enforce(sandbox, statement(["ds:AccessDSData", "ds-data:ListGroups"], arn))
    assert ad.ask("list_groups")
    enforce(sandbox, statement(["ds:AccessDSData", "ds-data:ListGroups"], f"{arn[:-1]}!"))
    with pytest.raises(ad.data.exceptions.AccessDeniedException, match="ds-data:ListGroups"):
        ad.ask("list_groups")


def test_nobody_can_be_kept_from_asking_who_they_are(sandbox: SandboxProcess) -> None:
    enforce(sandbox, statement("*", effect="Deny"))
    assert sandbox.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert not is_allowed(sandbox, "sts", "get_session_token")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"Version": "2012-10-17"},
        {"Version": "2020-01-01", "Statement": []},
        {"Statement": [statement("chime:*", Condition={"Bool": {"aws:SecureTransport": "true"}})]},
        {"Statement": [statement("chime:*", Principal="*")]},
        {"Statement": [statement("chime:*", effect="allow")]},
        {"Statement": [statement("chime:*", Sid="a-b")]},
        {"Statement": [statement("chime:*", Sid="a"), statement("ssm:*", Sid="a")]},
        {"Statement": [statement([])]},
        {"Statement": [statement("ListAccounts")]},
        {"Statement": [statement("chime:*", "my-secret")]},
        {"Statement": [statement("chime:*", NotAction="ssm:*")]},
        {"Statement": [statement("chime:*", [f"{SECRET}:{number}-{'x' * 60}" for number in range(60)])]},
    ],
)
def test_a_document_that_iam_or_the_sandbox_would_not_take_is_refused(sandbox: SandboxProcess, document: Any) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.post("iam", {"policy": document})
    assert caught.value.status == 400
    assert "policy" not in sandbox.get("iam")
