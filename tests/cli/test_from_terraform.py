"""From a state file of Terraform to a workspace whose first plan calls nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.program import Program
from tests.sandbox.voice_stage import KEY, LOCAL, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess

PASSWORD = "canary-password"


def resource(kind: str, name: str, *attributes: dict[str, Any], module: str = "") -> dict[str, Any]:
    instances = [{"schema_version": 0, "attributes": one} for one in attributes]
    if len(instances) > 1:
        instances = [{**one, "index_key": number} for number, one in enumerate(instances)]
    return {
        **({"module": module} if module else {}),
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": instances,
    }


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": 7, "resources": list(resources)})


def make_everything(voice: VoiceStage) -> str:
    """All eleven types, live, and the state that Terraform would have of them."""
    voice.buy(LOCAL, product="SipMediaApplicationDialIn")
    trunk = voice.client("us-west-2").create_voice_connector(
        Name="Trunk", AwsRegion="us-west-2", RequireEncryption=True, Tags=[{"Key": "team", "Value": "voice"}]
    )["VoiceConnector"]["VoiceConnectorId"]
    api = voice.client("us-west-2")
    api.put_voice_connector_termination(
        VoiceConnectorId=trunk,
        Termination={"CallingRegions": ["US", "CA"], "CidrAllowedList": ["198.51.100.0/28"], "CpsLimit": 2},
    )
    api.put_voice_connector_termination_credentials(
        VoiceConnectorId=trunk, Credentials=[{"Username": "pbx", "Password": PASSWORD}]
    )
    route = {"Host": "203.0.113.7", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 5}
    api.put_voice_connector_origination(VoiceConnectorId=trunk, Origination={"Routes": [route], "Disabled": False})
    logs = {"EnableSIPLogs": True, "EnableMediaMetricLogs": False}
    api.put_voice_connector_logging_configuration(VoiceConnectorId=trunk, LoggingConfiguration=logs)
    targets = [{"NotificationTarget": "SQS"}]
    streaming = {"DataRetentionInHours": 24, "Disabled": False, "StreamingNotificationTargets": targets}
    api.put_voice_connector_streaming_configuration(VoiceConnectorId=trunk, StreamingConfiguration=streaming)
    group = voice.group(trunk)
    ivr = voice.application()
    rule = voice.rule(LOCAL, ivr)
    domain = voice.domain(Description="Who calls")
    voice.api.update_global_settings(VoiceConnector={"CdrBucket": "records"})
    part = {"voice_connector_id": trunk, "id": trunk}
    target = {"aws_region": "us-east-1", "priority": 1, "sip_media_application_id": ivr}
    return state(
        resource(
            "aws_chime_voice_connector",
            "trunk",
            {"id": trunk, "name": "Trunk", "aws_region": "us-west-2", "require_encryption": True,
             "tags": {}, "tags_all": {"team": "voice"}},
        ),
        resource(
            "aws_chime_voice_connector_termination",
            "out",
            {**part, "calling_regions": ["CA", "US"], "cidr_allow_list": ["198.51.100.0/28"], "cps_limit": 2,
             "default_phone_number": "", "disabled": False},
        ),
        resource(
            "aws_chime_voice_connector_termination_credentials",
            "pbx",
            {**part, "credentials": [{"username": "pbx", "password": PASSWORD}]},
        ),
        resource(
            "aws_chime_voice_connector_origination",
            "in",
            {**part, "disabled": False,
             "route": [{"host": "203.0.113.7", "port": 5060, "protocol": "TCP", "priority": 1, "weight": 5}]},
        ),
        resource(
            "aws_chime_voice_connector_logging",
            "logs",
            {**part, "enable_sip_logs": True, "enable_media_metric_logs": False},
        ),
        resource(
            "aws_chime_voice_connector_streaming",
            "media",
            {**part, "data_retention": 24, "disabled": False, "streaming_notification_targets": ["SQS"],
             "media_insights_configuration": []},
        ),
        resource(
            "aws_chime_voice_connector_group",
            "fail_over",
            {"id": group, "name": "fail-over", "connector": [{"voice_connector_id": trunk, "priority": 1}]},
        ),
        resource(
            "aws_chimesdkvoice_sip_media_application",
            "ivr",
            {"id": ivr, "name": "ivr", "aws_region": "us-east-1", "tags_all": {},
             "endpoints": [{"lambda_arn": function_in("us-east-1")}]},
        ),
        resource(
            "aws_chimesdkvoice_sip_rule",
            "reception",
            {"id": rule, "name": "rule", "trigger_type": "ToPhoneNumber", "trigger_value": LOCAL, "disabled": False,
             "target_applications": [target]},
        ),
        resource(
            "aws_chimesdkvoice_voice_profile_domain",
            "callers",
            {"id": domain, "name": "callers", "description": "Who calls", "tags_all": {},
             "arn": f"arn:aws:chime:us-east-1:111122223333:voice-profile-domain/{domain}",
             "server_side_encryption_configuration": [{"kms_key_arn": KEY}]},
        ),
        resource(
            "aws_chimesdkvoice_global_settings", "records", {"id": "1", "voice_connector": [{"cdr_bucket": "records"}]}
        ),
        resource("aws_s3_bucket", "records", {"id": "records"}),
    )  # fmt: skip


def test_the_first_plan_calls_nothing_and_no_password_travels(chimeform: Program, sandbox: SandboxProcess) -> None:
    sandbox.client("s3").create_bucket(Bucket="records")
    secrets = sandbox.client("secretsmanager")
    secrets.create_secret(Name="chime/trunk/pbx", SecretString=PASSWORD)
    chimeform.write("terraform.tfstate", make_everything(VoiceStage(sandbox)))
    ran = chimeform("import", "--from-terraform", "terraform.tfstate", "--output", "chimeform.yaml")
    assert (ran.code, ran.err) == (0, "")
    written = (chimeform.root / "chimeform.yaml").read_text(encoding="utf-8")
    assert PASSWORD not in written
    assert "aws_s3_bucket" not in written

    planned = chimeform("plan", "--format", "json").json()
    assert planned["unread"] == []
    assert {change["action"] for change in planned["changes"]} <= {"adopt"}, planned["changes"]
    assert planned["steps"] == []
    kinds = {change["kind"] for change in planned["changes"]}
    assert kinds >= {"voice_connector", "voice_connector_group", "sip_media_application", "sip_rule"}
    assert kinds >= {"termination", "termination_credential", "origination", "connector_logging", "streaming"}
    before = sandbox.calls()
    applied = chimeform("apply", "--yes")
    assert applied.code == 0
    writes = {name for name, count in sandbox.calls().items() if count > before.get(name, 0)}
    assert all(name.startswith(("List", "Get", "Head", "Describe")) for name in writes), writes
    assert chimeform("plan", "--detailed-exitcode").code == 0


def test_in_a_workspace_it_is_a_file_to_include(offline: Program) -> None:
    offline.write("chimeform.yaml", "chimeform: 1\nworkspace: acme\ninclude: [voice.yaml]\n")
    domain = {"id": "d-1", "name": "callers", "server_side_encryption_configuration": [{"kms_key_arn": KEY}]}
    offline.write("t.tfstate", state(resource("aws_chimesdkvoice_voice_profile_domain", "callers", domain)))
    assert offline("import", "--from-terraform", "t.tfstate", "--output", "voice.yaml").code == 0
    assert "workspace" not in (offline.root / "voice.yaml").read_text(encoding="utf-8")
    assert offline("validate").code == 0


def test_names_that_modules_repeat_are_told_apart(offline: Program) -> None:
    def connector(number: int) -> dict[str, Any]:
        return {"id": f"{number:022}", "name": f"c{number}", "aws_region": "us-east-1", "require_encryption": True}

    offline.write(
        "t.tfstate",
        state(
            resource("aws_chime_voice_connector", "trunk", connector(1), module="module.west"),
            resource("aws_chime_voice_connector", "trunk", connector(2), module="module.east"),
            resource("aws_chime_voice_connector", "many", connector(3), connector(4)),
        ),
    )
    text = offline("import", "--from-terraform", "t.tfstate").out
    assert [line.strip().partition(":")[0] for line in text.splitlines() if "require_encryption" in line] == [
        "many-0",
        "many-1",
        "trunk",
        "trunk-2",
    ]


def test_what_belongs_to_something_else_is_named_and_left(offline: Program) -> None:
    part = {"voice_connector_id": "elsewhere", "id": "elsewhere", "enable_sip_logs": True}
    offline.write("t.tfstate", state(resource("aws_chime_voice_connector_logging", "logs", part)))
    text = " ".join(offline("import", "--from-terraform", "t.tfstate").out.replace("#", "").split())
    assert "not written: aws_chime_voice_connector_logging.logs: it belongs to the Voice Connector elsewhere" in text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"secret": "canary-password"', "CF-TFS-001"),
        ("[]", "CF-TFS-001"),
        ('{"version": 3, "resources": []}', "CF-TFS-002"),
        ('{"version": 4, "resources": [null]}', "CF-TFS-001"),
        ('{"version": 4, "resources": [{"mode": "managed", "instances": [1]}]}', "CF-TFS-001"),
        ('{"version": 4, "resources": [{"mode": "managed", "instances": {}}]}', "CF-TFS-001"),
        ('{"version": 4, "resources": [{"mode": "managed", "instances": [{"index_key": []}]}]}', "CF-TFS-001"),
        ('{"version": 4, "resources": [{"mode": "managed", "instances": [{"attributes": 1}]}]}', "CF-TFS-001"),
    ],
)
def test_what_is_no_state_is_told_without_its_text(offline: Program, text: str, code: str) -> None:
    offline.write("t.tfstate", text)
    ran = offline("import", "--from-terraform", "t.tfstate")
    assert ran.code == 1
    assert code in ran.err
    assert PASSWORD not in ran.all


def test_what_to_import_has_to_be_clear(offline: Program) -> None:
    for arguments in ([], ["accounts.acme"], ["accounts.acme", "id", "--from-terraform", "t.tfstate"]):
        assert "CF-USE-022" in offline("import", *arguments).err
    assert "CF-TFS-001" in offline("import", "--from-terraform", "nowhere").err


def test_attributes_of_another_form_name_their_resource(offline: Program) -> None:
    group = {"id": "g", "name": "g", "connector": ["canary-password"]}
    offline.write("t.tfstate", state(resource("aws_chime_voice_connector_group", "g", group)))
    ran = offline("import", "--from-terraform", "t.tfstate")
    assert ran.code == 1
    assert ran.err.startswith("error[CF-TFS-001]: aws_chime_voice_connector_group.g: ")
    assert PASSWORD not in ran.all


def test_what_comes_from_terraform_is_no_json(offline: Program) -> None:
    offline.write("t.tfstate", state())
    ran = offline("import", "--from-terraform", "t.tfstate", "--format", "json")
    assert ran.code == 1
    assert ran.json()["error"]["code"] == "CF-USE-001"
