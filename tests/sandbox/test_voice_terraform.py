"""Terraform as an outside judge: its AWS provider, a strictly typed client that is not ours, takes each of its voice
resources through a whole life.

To start the provider takes seconds of CPU time and Terraform does it several times a command, so one provider serves
all commands here, in its debug mode. It waits five seconds before it reads a connector: all resources share each step.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program
from tests.sandbox.voice_stage import KEY, LOCAL, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess
from tests.terraform_provider import find_provider

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 1
  endpoints {
    chimesdkvoice = "@URL@/chime-sdk-voice"
    sts           = "@URL@"
  }
}
"""

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
ELEVEN = 11
NEVER_FOUND_BY_IMPORT = {"aws_chime_voice_connector_termination_credentials"}
"""Its password can be read by nobody, so that its import finds nothing and wants to write it again."""


class Terraform:
    """Terraform in a folder of its own, with a provider that runs already."""

    def __init__(self, folder: Path, env: dict[str, str], url: str) -> None:
        self._folder, self._env, self._url = folder, env, url
        folder.mkdir()

    def write(self, text: str, version: int, more: str = "") -> None:
        words = {
            "@URL@": self._url,
            "@KEY@": KEY,
            "@FUNCTION@": function_in("eu-west-1"),
            "@NUMBER@": LOCAL,
            "@VERSION@": str(version),
        }
        text = PROVIDER + text + more
        for word, value in words.items():
            text = text.replace(word, value)
        (self._folder / "main.tf").write_text(text)

    def run(self, *arguments: str, code: int = 0) -> str:
        """What it says on standard output; it has to end with this exit code."""
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self._folder, env=self._env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"terraform {arguments[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def apply(self) -> None:
        self.run("apply", "-input=false", "-auto-approve", "-refresh=false")

    def assert_nothing_to_change(self) -> None:
        self.run("plan", "-input=false", "-detailed-exitcode")  # exits with 2 if there is something

    def state(self) -> dict[str, dict[str, Any]]:
        """The attributes of each resource, by its type."""
        root = json.loads(self.run("show", "-json"))["values"]["root_module"]
        return {one["type"]: one["values"] for one in root.get("resources", ())}

    def imports(self) -> dict[str, bool]:
        """The types of the resources that a plan would import, and whether it finds each as it is declared."""
        self.run("plan", "-input=false", "-out=plan")
        changes = json.loads(self.run("show", "-json", "plan"))["resource_changes"]
        found = {one["type"]: one["change"] for one in changes if one["change"].get("importing")}
        return {kind: change["actions"] == ["no-op"] for kind, change in found.items()}


@pytest.fixture
def terraform_env(tmp_path: Path) -> Iterator[dict[str, str]]:
    provider = find_provider()
    if provider is None:
        # Neither is a Python package, the provider is some 700 MB, and no test fetches anything. Without them the
        # sandbox is judged by botocore alone, in the other test_voice*.py.
        pytest.skip("needs the terraform program and a filesystem mirror with its unpacked AWS provider")
    settings = tmp_path / "terraform.rc"
    settings.touch()
    # what the environment says of AWS is about another one
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env = {**others, "GOGC": "400"}  # Go's collector takes a third of the time otherwise
    command = [str(provider), "-debug"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True) as process:
        yield {
            **env,
            "TF_REATTACH_PROVIDERS": _read_attachment(process),
            # whatever the user's own file says; with a provider that runs already, nothing is fetched or checked
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }
        process.terminate()


def _read_attachment(provider: subprocess.Popen[str]) -> str:
    """Where a provider in debug mode listens, as it tells people who use a POSIX shell."""
    assert provider.stdout
    name = "TF_REATTACH_PROVIDERS="
    for line in provider.stdout:
        if line.strip().startswith(name):
            return line.strip().removeprefix(name).strip("'")
    raise RuntimeError("the provider did not start")


def _import_blocks(state: dict[str, dict[str, Any]]) -> str:
    names = dict(line.split()[1:3] for line in RESOURCES.replace('"', "").splitlines() if line.startswith("resource "))
    return "".join(
        f'import {{\n  to = {kind}.{names[kind]}\n  id = "{values["id"]}"\n}}\n' for kind, values in state.items()
    )


def assert_taken_over_without_a_call(terraform: Terraform, sandbox: SandboxProcess, folder: Path) -> None:
    """What Terraform has written into its state is what our import reads, and nothing of it would be changed."""
    sandbox.client("s3").create_bucket(Bucket="records2")
    sandbox.client("secretsmanager").create_secret(Name="chime/trunk/pbx", SecretString="canary-2")
    folder.mkdir()
    ours = Program(folder, sandbox.env())
    ours.write("terraform.tfstate", terraform.run("state", "pull"))
    assert ours("import", "--from-terraform", "terraform.tfstate", "--output", "chimeform.yaml").code == 0
    assert "canary" not in (folder / "chimeform.yaml").read_text(encoding="utf-8")
    plan = ours("plan", "--format", "json").json()
    assert (plan["unread"], plan["steps"]) == ([], [])
    assert {change["action"] for change in plan["changes"]} == {"adopt"}


def test_terraform_leads_each_of_its_voice_resources_through_a_whole_life(
    sandbox: SandboxProcess, terraform_env: dict[str, str], tmp_path: Path
) -> None:
    voice = VoiceStage(sandbox)
    voice.buy(LOCAL, product="SipMediaApplicationDialIn")
    terraform = Terraform(tmp_path / "configuration", terraform_env, sandbox.url)

    terraform.write(RESOURCES, version=1)
    terraform.apply()
    (connector,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    assert (connector["Name"], connector["AwsRegion"]) == ("trunk1", "us-west-2")
    terraform.assert_nothing_to_change()

    terraform.write(RESOURCES, version=2)
    terraform.apply()
    (rule,) = voice.api.list_sip_rules()["SipRules"]
    assert (rule["Name"], rule["Disabled"]) == ("reception2", True)
    terraform.assert_nothing_to_change()
    state = terraform.state()
    assert len(state) == ELEVEN

    assert_taken_over_without_a_call(terraform, sandbox, tmp_path / "ours")

    taken_over = Terraform(tmp_path / "taken-over", terraform_env, sandbox.url)
    taken_over.write(RESOURCES, version=2, more=_import_blocks(state))
    as_declared = taken_over.imports()
    assert as_declared.keys() == state.keys()
    assert {kind for kind, is_same in as_declared.items() if not is_same} == NEVER_FOUND_BY_IMPORT

    terraform.run("destroy", "-input=false", "-auto-approve", "-refresh=false")
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []
    assert voice.api.list_voice_connector_groups()["VoiceConnectorGroups"] == []
    assert voice.api.list_sip_media_applications()["SipMediaApplications"] == []
    assert voice.api.list_sip_rules()["SipRules"] == []
    assert voice.api.list_voice_profile_domains()["VoiceProfileDomains"] == []
    assert "CdrBucket" not in voice.api.get_global_settings().get("VoiceConnector", {})
