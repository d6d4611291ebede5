"""Terraform as an outside judge: its AWS provider, a strictly typed client that is not ours, finds what it created.

Every command starts the provider anew, which takes ten seconds of CPU time, and the provider waits five seconds before
it reads a connector: independent objects, created once and planned once, are what fits among the other tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.voice_stage import KEY, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess

PROVIDER = "registry.terraform.io/hashicorp/aws"
# The last two are where Terraform looks by itself.
PLACES = ("/opt/*", "~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")

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


def _find_provider() -> Path | None:
    """The directory of the provider's program in a filesystem mirror, so that nothing is fetched over the network."""
    for place in PLACES:
        folder = Path(place).expanduser()
        for program in folder.parent.glob(f"{folder.name}/{PROVIDER}/*/*/terraform-provider-aws*"):
            return program.parent
    return None


@pytest.fixture
def terraform_env(tmp_path: Path) -> Iterator[dict[str, str]]:
    provider = _find_provider()
    if shutil.which("terraform") is None or provider is None:
        pytest.skip("needs the terraform program and a filesystem mirror with its unpacked AWS provider")
    settings = tmp_path / "terraform.rc"
    # An override needs no `terraform init`, which would read the provider's 700 MB for their checksum.
    settings.write_text(f'provider_installation {{\n  dev_overrides {{ "hashicorp/aws" = "{provider}" }}\n}}\n')
    yield {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


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
