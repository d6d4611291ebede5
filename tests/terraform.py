"""The real terraform program with its real AWS provider, as tests run it against a sandbox.

To start the provider takes seconds of CPU time and Terraform does it several times a command, so one provider serves
all commands of a test, in its debug mode. It waits five seconds before it reads most of the voice service's objects:
tests let as many of them as possible share each command.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "@REGION@"
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


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said about resources (`-json`)."""

    code: int
    lines: tuple[dict[str, Any], ...]

    def planned(self) -> dict[str, str]:
        """What it means to do with which resource, by its address; one that is as declared is not named."""
        changes = [line["change"] for line in self.lines if line["type"] == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in changes}

    def errors(self) -> list[str]:
        found = [line["diagnostic"] for line in self.lines if line["type"] == "diagnostic"]
        return [f"{one['summary']} {one.get('detail', '')}" for one in found if one["severity"] == "error"]


class Terraform:
    """Terraform in a folder of its own, with a provider that runs already."""

    def __init__(self, folder: Path, env: dict[str, str], url: str, *, region: str = "us-east-1") -> None:
        self.folder, self.env = folder, env
        self._provider = PROVIDER.replace("@URL@", url).replace("@REGION@", region)
        folder.mkdir()

    def write(self, text: str, **words: object) -> None:
        """Make this the whole configuration, with `words` in the place of what stands there as `@WORD@`."""
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        (self.folder / "main.tf").write_text(self._provider + text)

    def run(self, *arguments: str, code: int = 0) -> str:
        """What it says on standard output; it has to end with this exit code."""
        done = self._run(*arguments)
        assert done.returncode == code, f"terraform {arguments[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def apply(self) -> None:
        self.run("apply", "-input=false", "-auto-approve", "-refresh=false")

    def said(self, *arguments: str) -> Said:
        """What it says for programs, however it ends."""
        done = self._run(*arguments, "-json", "-input=false")
        assert done.stdout, done.stderr
        return Said(done.returncode, tuple(json.loads(line) for line in done.stdout.splitlines()))

    def state(self) -> dict[str, Any]:
        """The resources in its state file, by their addresses."""
        resources = json.loads(self.state_text())["resources"]
        return {f"{one['type']}.{one['name']}": one["instances"][0] for one in resources}

    def state_text(self) -> str:
        return (self.folder / "terraform.tfstate").read_text()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder, env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def running(provider: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which Terraform uses this one provider; `folder` is for its own settings."""
    settings = folder / "terraform.rc"
    settings.touch()
    # what the environment says of AWS is about another one
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env = {**others, "GOGC": "400"}  # Go's collector takes a third of the time otherwise
    command = [str(provider), "-debug"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True) as process:
        try:
            yield {
                **env,
                "TF_REATTACH_PROVIDERS": _read_attachment(process),
                # whatever the user's own file says; with a provider that runs already, nothing is fetched or checked
                "TF_CLI_CONFIG_FILE": str(settings),
                "CHECKPOINT_DISABLE": "1",
                "TF_IN_AUTOMATION": "1",
            }
        finally:
            process.terminate()


def _read_attachment(provider: subprocess.Popen[str]) -> str:
    """Where a provider in debug mode listens, as it tells people who use a POSIX shell."""
    assert provider.stdout
    name = "TF_REATTACH_PROVIDERS="
    for line in provider.stdout:
        if line.strip().startswith(name):
            return line.strip().removeprefix(name).strip("'")
    raise RuntimeError("the provider did not start")
