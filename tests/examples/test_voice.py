"""The telephony of three Regions lives a whole life: planned, applied, changed by others, put right, destroyed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.examples.company import Company
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess


def test_whole_life(sandbox: SandboxProcess, tmp_path: Path) -> None:
    company = Company.of_example("voice", None, {}, sandbox, tmp_path / "workspace")
    company.program.env["PBX_PASSWORD"] = "example canary"
    voice = VoiceStage(sandbox)
    company.run("validate")
    planned = company.run("plan", "--detailed-exitcode", code=2)
    company.apply()
    assert "canary" not in planned.all
    assert "canary" not in company.run("state", "list", "--format", "json").all
    connectors = {one["Name"]: one for one in voice.api.list_voice_connectors()["VoiceConnectors"]}
    assert {one["AwsRegion"] for one in connectors.values()} == {"eu-central-1", "us-east-1", "us-west-2"}
    (group,) = voice.api.list_voice_connector_groups()["VoiceConnectorGroups"]
    order = sorted(group["VoiceConnectorItems"], key=lambda one: one["Priority"])
    assert [one["VoiceConnectorId"] for one in order] == [
        connectors[name]["VoiceConnectorId"] for name in ("virginia", "oregon", "frankfurt")
    ]

    edit_by_hand(voice, connectors)
    told = company.run("drift", code=2)
    assert "origination" in told.out
    causes = {field["cause"] for change in company.plan()["changes"] for field in change["fields"]}
    assert causes == {"changed there"}
    company.apply()

    company.run("destroy", "--yes", code=4)
    file = company.program.root / "chimeform.yaml"
    file.write_text(file.read_text().replace("guardrails:\n  max_deletes: 5\n", ""))
    company.run("destroy", "--yes", "--accept", "*")
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []
    assert voice.api.list_sip_rules()["SipRules"] == []
    assert company.run("state", "list", "--format", "json").json() == []


def edit_by_hand(voice: VoiceStage, connectors: dict[str, Any]) -> None:
    """Somebody leads calls elsewhere, renames a connector and empties the rule's second target."""
    virginia = connectors["virginia"]["VoiceConnectorId"]
    elsewhere = {"Host": "203.0.113.99", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 1}
    voice.api.put_voice_connector_origination(
        VoiceConnectorId=virginia, Origination={"Routes": [elsewhere], "Disabled": False}
    )
    voice.api.update_voice_connector(VoiceConnectorId=virginia, Name="somebody", RequireEncryption=False)
    (rule,) = voice.api.list_sip_rules()["SipRules"]
    voice.api.update_sip_rule(
        SipRuleId=rule["SipRuleId"], Name=rule["Name"], TargetApplications=rule["TargetApplications"][:1]
    )
