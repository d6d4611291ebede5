"""A story has a sandbox of its own, and the real program before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import dns_server
from tests.cli.program import Program
from tests.dns_server import DnsServer
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess.start() as sandbox:
        yield sandbox


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with dns_server.running() as server:
        yield server


@pytest.fixture
def chimeform(sandbox: SandboxProcess, dns: DnsServer, tmp_path: Path) -> Program:
    sandbox.reset(1)
    return Program(tmp_path, {**sandbox.env(), "CHIMEFORM_DNS_RESOLVER": dns.address})
