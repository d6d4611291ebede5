"""The two tools as somebody runs them: the commands of each stage, and the files that they work on."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from benchmarks.terraform.pairs import Pair
from benchmarks.terraform.process_tree import Cost, run
from tests.sandbox_process import SandboxProcess
from tests.terraform_provider import mirror_settings

STAGES = ("first plan", "apply", "empty plan", "change of every name", "destroy")


class Tool(Protocol):
    name: str

    def write(self, pair: Pair, count: int, version: str) -> None: ...

    def stage(self, stage: str) -> Cost: ...


class Terraform:
    """Terraform with its defaults; what it fetches is fetched before anything is measured."""

    name = "Terraform"

    def __init__(self, folder: Path, sandbox: SandboxProcess, provider: Path) -> None:
        self._folder = folder
        self._url = sandbox.url
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        settings = folder / "terraform.rc"
        settings.write_text(mirror_settings(provider), encoding="utf-8")
        self._env = {
            **kept,
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }

    def write(self, pair: Pair, count: int, version: str) -> None:
        (self._folder / "main.tf").write_text(pair.terraform(self._url, count, version), encoding="utf-8")
        if not (self._folder / ".terraform").exists():
            self._run("init")

    def stage(self, stage: str) -> Cost:
        match stage:
            case "first plan":
                return self._run("plan", "-detailed-exitcode", expected=2)
            case "empty plan":
                return self._run("plan", "-detailed-exitcode", expected=0)
            case "destroy":
                return self._run("destroy", "-auto-approve")
            case _:
                return self._run("apply", "-auto-approve")

    def _run(self, *arguments: str, expected: int = 0) -> Cost:
        command = ["terraform", *arguments, "-no-color", "-input=false"]
        return run(command, folder=self._folder, env=self._env, expected=(expected,))


class Chimeform:
    """chimeform with its defaults, as a fresh process each time."""

    name = "chimeform"

    def __init__(self, folder: Path, sandbox: SandboxProcess) -> None:
        self._folder = folder
        self._env: Mapping[str, str] = {
            **os.environ,
            **sandbox.env(),
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": f"{sandbox.url}/chime-sdk-voice",
        }

    def write(self, pair: Pair, count: int, version: str) -> None:
        (self._folder / "chimeform.yaml").write_text(pair.chimeform(count, version), encoding="utf-8")

    def stage(self, stage: str) -> Cost:
        match stage:
            case "first plan":
                return self._run("plan", "--detailed-exitcode", expected=2)
            case "empty plan":
                return self._run("plan", "--detailed-exitcode", expected=0)
            case "destroy":
                return self._run("destroy", "--yes", "--accept", "*")
            case _:
                return self._run("apply", "--yes")

    def _run(self, *arguments: str, expected: int = 0) -> Cost:
        command = [sys.executable, "-m", "chimeform", *arguments]
        return run(command, folder=self._folder, env=self._env, expected=(expected,))
