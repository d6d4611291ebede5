"""Terraform as an outside judge: its AWS provider, a strictly typed client that is not ours, finds what it created.

To start the provider takes seconds of CPU time and Terraform does it several times a command, so one provider serves
all commands here, in its debug mode. It waits five seconds before it reads a connector: independent objects, created
once and planned once, are what fits among the other tests.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.voice_stage import KEY, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess
from tests.terraform_provider import find_provider

CONFIGURATION = """
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
resource "aws_chime_voice_connector" "trunk" {
  name               = "trunk"
  aws_region         = "us-west-2"
  require_encryption = true
  tags               = { team = "voice" }
}
resource "aws_chimesdkvoice_sip_media_application" "ivr" {
  aws_region = "eu-west-1"
  name       = "ivr"
  endpoints {
    lambda_arn = "@FUNCTION@"
  }
}
resource "aws_chimesdkvoice_voice_profile_domain" "callers" {
  name        = "callers"
  description = "Who calls"
  tags        = { team = "voice" }
  server_side_encryption_configuration {
    kms_key_arn = "@KEY@"
  }
}
resource "aws_chimesdkvoice_global_settings" "records" {
  voice_connector {
    cdr_bucket = "records"
  }
}
"""


@pytest.fixture
def terraform_env(tmp_path: Path) -> Iterator[dict[str, str]]:
    provider = find_provider()
    if provider is None:
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


def test_terraform_creates_and_then_finds_nothing_to_change(
    sandbox: SandboxProcess, terraform_env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "configuration"
    folder.mkdir()
    text = CONFIGURATION.replace("@URL@", sandbox.url).replace("@KEY@", KEY)
    (folder / "main.tf").write_text(text.replace("@FUNCTION@", function_in("eu-west-1")))

    def run(*arguments: str) -> None:
        done = subprocess.run(
            ["terraform", *arguments, "-no-color", "-input=false"],
            cwd=folder, env=terraform_env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"terraform {arguments[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    voice = VoiceStage(sandbox)
    run("apply", "-auto-approve")
    (connector,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    assert (connector["Name"], connector["AwsRegion"]) == ("trunk", "us-west-2")
    run("plan", "-detailed-exitcode")  # exits with 2 if there is something to change
