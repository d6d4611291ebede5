"""Terraform as an outside judge: its AWS provider, a strictly typed client that is not ours, takes each of its voice
resources through a whole life, all of them in the same commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.engine.engine import is_write
from tests.sandbox.voice_stage import KEY, LOCAL, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess
from tests.terraform import Terraform

RESOURCES = """
resource "aws_chime_voice_connector" "trunk" {
  name               = "trunk@VERSION@"
  aws_region         = "us-west-2"
  require_encryption = true
  tags               = { team = "voice", version = "@VERSION@" }
}
resource "aws_chime_voice_connector_termination" "out" {
  voice_connector_id = aws_chime_voice_connector.trunk.id
  calling_regions    = ["US", "CA"]
  cidr_allow_list    = ["198.51.100.0/28"]
  cps_limit          = @VERSION@
}
resource "aws_chime_voice_connector_termination_credentials" "pbx" {
  voice_connector_id = aws_chime_voice_connector.trunk.id
  credentials {
    username = "pbx"
    password = "canary-@VERSION@"
  }
}
resource "aws_chime_voice_connector_origination" "in" {
  voice_connector_id = aws_chime_voice_connector.trunk.id
  route {
    host     = "203.0.113.7"
    protocol = "TCP"
    priority = @VERSION@
    weight   = 5
  }
}
resource "aws_chime_voice_connector_logging" "logs" {
  voice_connector_id       = aws_chime_voice_connector.trunk.id
  enable_sip_logs          = true
  enable_media_metric_logs = "@VERSION@" == "2"
}
resource "aws_chime_voice_connector_streaming" "media" {
  voice_connector_id             = aws_chime_voice_connector.trunk.id
  data_retention                 = @VERSION@
  streaming_notification_targets = ["SQS"]
}
resource "aws_chime_voice_connector_group" "fail_over" {
  name = "fail-over@VERSION@"
  connector {
    voice_connector_id = aws_chime_voice_connector.trunk.id
    priority           = @VERSION@
  }
}
resource "aws_chimesdkvoice_sip_media_application" "ivr" {
  aws_region = "eu-west-1"
  name       = "ivr@VERSION@"
  endpoints {
    lambda_arn = "@FUNCTION@"
  }
}
resource "aws_chimesdkvoice_sip_rule" "reception" {
  name          = "reception@VERSION@"
  trigger_type  = "ToPhoneNumber"
  trigger_value = "@NUMBER@"
  disabled      = "@VERSION@" == "2"
  target_applications {
    aws_region               = "eu-west-1"
    priority                 = 1
    sip_media_application_id = aws_chimesdkvoice_sip_media_application.ivr.id
  }
}
resource "aws_chimesdkvoice_voice_profile_domain" "callers" {
  name        = "callers"
  description = "Who calls, @VERSION@"
  tags        = { team = "voice" }
  server_side_encryption_configuration {
    kms_key_arn = "@KEY@"
  }
}
resource "aws_chimesdkvoice_global_settings" "records" {
  voice_connector {
    cdr_bucket = "records@VERSION@"
  }
}
"""
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "from-terraform.md"
ELEVEN = 11
NEVER_FOUND_BY_IMPORT = "aws_chime_voice_connector_termination_credentials.pbx"
"""Its password can be read by nobody, so that its import finds nothing and wants to write it again."""


def write(terraform: Terraform, version: int, more: str = "") -> None:
    terraform.write(RESOURCES + more, VERSION=version, KEY=KEY, FUNCTION=function_in("eu-west-1"), NUMBER=LOCAL)


def assert_nothing_to_change(terraform: Terraform) -> None:
    terraform.run("plan", "-input=false", "-detailed-exitcode")  # exits with 2 if there is something


def assert_taken_over_as_the_guide_says(terraform: Terraform, sandbox: SandboxProcess) -> None:
    """The first commands of the guide, in the folder that has Terraform's state: nothing live is changed by them."""
    sandbox.client("s3").create_bucket(Bucket="records2")
    sandbox.client("secretsmanager").create_secret(Name="chime/trunk/pbx", SecretString="canary-2")
    commands = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
    assert "chimeform apply " in commands
    commands = commands.replace("chimeform apply ", "chimeform apply --yes ")  # nobody is here to say yes
    before, state = len(sandbox.log()), terraform.state()
    program_first = f"{Path(sys.executable).parent}{os.pathsep}{terraform.env['PATH']}"
    ran = subprocess.run(
        ["sh", "-e", "-c", commands],
        cwd=terraform.folder, env={**terraform.env, **sandbox.env(), "PATH": program_first},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith(f"Done: {ELEVEN + 1} adopted.\n"), "the number, too, that the rule names"
    assert {one["operation"] for one in sandbox.log()[before:] if is_write(one["operation"])} == set()
    assert terraform.state() == state
    assert "canary" not in (terraform.folder / "voice" / "chimeform.yaml").read_text(encoding="utf-8")


def assert_forgotten_as_the_guide_says(terraform: Terraform, sandbox: SandboxProcess, folder: Path) -> None:
    """With the guide's block in the place of each resource, in a second folder with the same state."""
    state = terraform.state()
    block = re.findall(r"^```hcl\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
    assert "aws_chime_voice_connector.trunk" in block
    forgetting = Terraform(folder, terraform.env, sandbox.url)
    (folder / "terraform.tfstate").write_text(terraform.state_text())
    forgetting.write("".join(block.replace("aws_chime_voice_connector.trunk", address) for address in state))
    before = len(sandbox.log())
    forgetting.apply()
    assert forgetting.state() == {}
    assert {one["operation"] for one in sandbox.log()[before:] if is_write(one["operation"])} == set()


def test_terraform_leads_each_of_its_voice_resources_through_a_whole_life(
    sandbox: SandboxProcess, terraform_env: dict[str, str], tmp_path: Path
) -> None:
    voice = VoiceStage(sandbox)
    voice.buy(LOCAL, product="SipMediaApplicationDialIn")
    terraform = Terraform(tmp_path / "configuration", terraform_env, sandbox.url)

    write(terraform, version=1)
    terraform.apply()
    (connector,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    assert (connector["Name"], connector["AwsRegion"]) == ("trunk1", "us-west-2")
    assert_nothing_to_change(terraform)

    write(terraform, version=2)
    terraform.apply()
    (rule,) = voice.api.list_sip_rules()["SipRules"]
    assert (rule["Name"], rule["Disabled"]) == ("reception2", True)
    assert_nothing_to_change(terraform)
    state = terraform.state()
    assert len(state) == ELEVEN

    assert_taken_over_as_the_guide_says(terraform, sandbox)
    assert_forgotten_as_the_guide_says(terraform, sandbox, tmp_path / "forgetting")

    taken_over = Terraform(tmp_path / "taken-over", terraform_env, sandbox.url)
    imports = (f'import {{\n to = {to}\n id = "{one["attributes"]["id"]}"\n}}\n' for to, one in state.items())
    write(taken_over, version=2, more="".join(imports))
    assert taken_over.said("plan").planned() == {**dict.fromkeys(state, "import"), NEVER_FOUND_BY_IMPORT: "update"}

    terraform.run("destroy", "-input=false", "-auto-approve", "-refresh=false")
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []
    assert voice.api.list_voice_connector_groups()["VoiceConnectorGroups"] == []
    assert voice.api.list_sip_media_applications()["SipMediaApplications"] == []
    assert voice.api.list_sip_rules()["SipRules"] == []
    assert voice.api.list_voice_profile_domains()["VoiceProfileDomains"] == []
    assert "CdrBucket" not in voice.api.get_global_settings().get("VoiceConnector", {})
