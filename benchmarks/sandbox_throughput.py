"""Requests a second of the sandbox on one core.

A raw client in another process keeps a number of connections busy with one prepared request each: it does no more per
answer than look for its end, and so is several times faster than what it measures. The sandbox is seeded with users, so
that a page of one user is taken from a real listing.

    python benchmarks/sandbox_throughput.py [--seconds 5] [--users 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TARGET = 5_000
CONNECTIONS = 32
SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-date,"
    " Signature=0000000000000000000000000000000000000000000000000000000000000000"
)


class _Client(asyncio.Protocol):
    """One keep-alive connection: sends the request again as soon as an answer is complete."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request = request
        self._until = until
        self._buffer = b""
        self.answers = 0
        self.failures = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer = b""
        self.answers += 1
        self.failures += not head.startswith(b"HTTP/1.1 200")
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, path: str, seconds: float) -> tuple[int, int, float]:
    """Answers, failures among them, and the seconds that they took."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {SIGNATURE}\r\n"
    request = (head + "X-Amz-Date: 20260101T000000Z\r\nUser-Agent: bench\r\n\r\n").encode()
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: _Client(request, started + seconds), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(client.done for client in clients))
    took = time.perf_counter() - started
    return sum(client.answers for client in clients), sum(client.failures for client in clients), took


def measure(port: int, server: int, path: str, seconds: float) -> float:
    """One line about one request; answers a second of the server's CPU time, which other programs cannot take away."""
    asyncio.run(load(port, path, 0.5))
    before = _cpu_seconds(server)
    answers, failures, took = asyncio.run(load(port, path, seconds))
    used = _cpu_seconds(server) - before
    what = "GetAccount" if path.endswith(path.split("/")[2]) else f"ListUsers {path.partition('?')[2]}"
    print(f"{answers / took:10,.0f} /s   {answers / used:10,.0f} /s of CPU   {what}   failures {failures}")
    return 0.0 if failures else answers / used


def _cpu_seconds(pid: int) -> float:
    """CPU seconds of a process so far; where the system does not tell, the time that has gone by."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return time.perf_counter()
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _post(url: str, body: object) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(url, json.dumps(body).encode(), method="POST")).read()  # noqa: S310 - http to ourselves


def _get(url: str) -> dict[str, list[dict[str, str]]]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer: dict[str, list[dict[str, str]]] = json.loads(opener.open(url).read())
    return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--users", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        server = subprocess.Popen(
            [sys.executable, "-m", "chimeform.sandbox", "--port-file", str(port_file)], stdout=subprocess.DEVNULL
        )
        try:
            while not port_file.exists():
                if server.poll() is not None:
                    return 1
                time.sleep(0.02)
            port = int(port_file.read_text())
            control = f"http://127.0.0.1:{port}/_sandbox"
            started = time.perf_counter()
            _post(f"{control}/seed", {"accounts": 1, "users": given.users})
            print(f"{time.perf_counter() - started:10.2f} s       seeding {given.users:,} users")
            account = f"/accounts/{_get(f'{control}/accounts')['Accounts'][0]['AccountId']}"
            rates = [
                measure(port, server.pid, path, given.seconds) for path in (account, f"{account}/users?max-results=1")
            ]
            measure(port, server.pid, f"{account}/users?max-results=100", given.seconds)
        finally:
            server.terminate()
            server.wait()
    print(f"{'ok' if min(rates) >= TARGET else 'TOO SLOW'}: simple requests need {TARGET:,} a second")
    return 0 if min(rates) >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
