"""A sandbox as a separate process, for every test that needs a real service to talk to.

with SandboxProcess.start() as sandbox:
    client = sandbox.client()                      # boto3's chime client
    sandbox.post("people/accept", {"email": …})    # the control surface
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

START_SECONDS = 60
"""Only a machine in trouble takes so long; a sandbox usually answers within one second."""


class ControlError(Exception):
    """The control surface refused: HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class SandboxProcess:
    """A running sandbox: its address, its control surface, clients for it, and the means to end it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, stderr: IO[bytes]) -> None:
        self.process = process
        self.url = url
        self._stderr = stderr
        self._said = ""

    @classmethod
    @contextlib.contextmanager
    def start(cls, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[SandboxProcess]:
        """Start a sandbox on a free port (or as `arguments` say) and end it afterwards."""
        sandbox = cls.launch(*arguments, env=env)
        try:
            yield sandbox
        finally:
            sandbox.stop()

    @classmethod
    def launch(cls, *arguments: str, env: Mapping[str, str] | None = None) -> SandboxProcess:
        """Start a sandbox that the caller stops. Raises RuntimeError with what it said when it does not come up."""
        stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process may write to it
        with tempfile.TemporaryDirectory() as folder:
            port_file = Path(folder) / "port"
            process = subprocess.Popen(
                [sys.executable, "-m", "chimeform.sandbox", "--port-file", str(port_file), *arguments],
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, **(env or {})},
            )
            deadline = time.monotonic() + START_SECONDS
            while not port_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    process.wait()
                    with stderr:
                        raise RuntimeError(f"the sandbox did not start: {_read_all(stderr)}")
                time.sleep(0.01)
            return cls(process, f"http://127.0.0.1:{port_file.read_text()}", stderr)

    def stderr(self) -> str:
        """What it has said on standard error so far: nothing, as long as it has no defect."""
        return self._said if self._stderr.closed else _read_all(self._stderr)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and give its exit code; one that ended before is fine."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._end()

    def kill(self) -> None:
        """End it at this instant (SIGKILL), whatever it is doing."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def _end(self) -> int:
        code = self.process.wait(START_SECONDS)
        if not self._stderr.closed:
            self._said = _read_all(self._stderr)
            self._stderr.close()
        return code

    def env(self, access_key: str = "test") -> dict[str, str]:
        """Environment variables with which any AWS client talks to this sandbox and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": f"{self.url}/chime-sdk-voice",
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
            "CHIMEFORM_OKTA_URL": f"{self.url}/okta",
            "OKTA_API_TOKEN": "sandbox",
        }

    def client(
        self,
        service: str = "chime",
        *,
        access_key: str = "test",
        attempts: int = 1,
        region: str = "us-east-1",
        **config: Any,
    ) -> Any:
        """An unmodified boto3 client; `attempts` 1 means that it retries nothing."""
        from botocore.config import Config

        return _session().client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": attempts}, **config),
        )

    def reset(self, seed: int | None = None) -> None:
        self.post("reset", None if seed is None else {"seed": seed})

    def calls(self) -> dict[str, int]:
        """API calls since the last reset, by operation."""
        counts: dict[str, int] = self.get("calls")
        return counts

    def log(self) -> list[dict[str, Any]]:
        """API calls since the last reset, in order."""
        entries: list[dict[str, Any]] = self.get("calls?log=1")
        return entries

    def advance(self, seconds: float) -> None:
        self.post("clock", {"advance_seconds": seconds})

    def add_faults(self, *faults: Mapping[str, Any]) -> None:
        self.post("faults", list(faults))

    def get(self, path: str) -> Any:
        return self.control("GET", path)

    def post(self, path: str, body: Any = None, *, user: str | None = None) -> Any:
        return self.control("POST", path, body, user=user)

    def put(self, path: str, body: Any = None, *, user: str | None = None) -> Any:
        return self.control("PUT", path, body, user=user)

    def delete(self, path: str, *, user: str | None = None) -> Any:
        return self.control("DELETE", path, user=user)

    def control(self, method: str, path: str, body: Any = None, *, user: str | None = None) -> Any:
        """A request to the control surface, `path` without its `/_sandbox/`. Raises ControlError.

        `user` is the IAM user who is at the console, for requests that play it; root, if nobody is named.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Sandbox-User": user} if user else {}
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=data, method=method, headers=headers)
        # A proxy that the environment names must not get between a test and its own machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                said = json.loads(error.read())
            raise ControlError(error.code, said["Code"], said["Message"]) from error


@cache
def _session() -> Any:
    # One for all clients: every further session would read the service models again.
    import boto3

    return boto3.session.Session()


def _read_all(file: IO[bytes]) -> str:
    # The process writes through the same open file: reading must not move its position.
    return os.pread(file.fileno(), 10_000_000, 0).decode(errors="replace")
