"""A client of the sandbox's control surface: what a person or a demo does outside the API, as one request each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..durations import seconds_of
from ..errors import ChimeformError, UsageError

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7743
"""Where `sandbox serve` listens and every other sandbox command looks, unless somebody says otherwise."""

_URL_VARIABLES = ("AWS_ENDPOINT_URL_CHIME", "AWS_ENDPOINT_URL")
_TIMEOUT_SECONDS = 60


class SandboxError(ChimeformError):
    """The sandbox cannot be reached or refused."""

    code = "CF-SBX-001"


def find_url(given: str | None, env: Mapping[str, str]) -> str:
    """The sandbox that is meant: by the command line, by the variables of AWS clients, or the default one."""
    url = given or next((env[name] for name in _URL_VARIABLES if env.get(name)), None)
    url = url or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{url!r} is not the address of a sandbox",
            why="an address has a scheme, a host and a port",
            do=f"write it like http://{DEFAULT_HOST}:{DEFAULT_PORT}",
            code="CF-SBX-003",
        )
    return f"{parts.scheme}://{parts.netloc}"


def read_seconds(text: str) -> float:
    """The seconds of `7d`, `12 h`, `1h30m` or `2 weeks`; a bare number is seconds."""
    seconds = seconds_of(text)
    if seconds is None:
        raise UsageError(
            f"{text!r} is not a length of time",
            why="a length of time is numbers with units",
            do="write it like 7d, 12h, 30m, 45s or 1h30m",
            code="CF-SBX-004",
        )
    return seconds


class Control:
    """The control surface at one address. Every method raises `SandboxError` with a sentence."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.ask("POST", path, body)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def account_id(self, name_or_id: str) -> str:
        """The id of the account that has this id or, as the only one, this name."""
        found = self.get("accounts")["Accounts"]
        ids = [one["AccountId"] for one in found if name_or_id in (one["AccountId"], one["Name"])]
        if len(ids) == 1:
            return str(ids[0])
        known = ", ".join(f"{one['Name']} ({one['AccountId']})" for one in found) or "none"
        problem = "no account" if not ids else f"{len(ids)} accounts"
        raise SandboxError(
            f"{problem} in the sandbox {'has' if not ids else 'have'} the name or id {name_or_id!r}",
            why=f"the accounts are: {known}",
            do="name one of them by its id",
            code="CF-SBX-002",
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request; `path` is the part after `/_sandbox/`."""
        from urllib import error, request

        data = None if body is None else json.dumps(body).encode()
        asked = request.Request(f"{self.url}/_sandbox/{path}", data=data, method=method)  # noqa: S310 - find_url checked it
        # a proxy that the environment names must not get between a person and her own machine
        opener = request.build_opener(request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=_TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read())
        except error.HTTPError as refused:
            with refused:
                raise _refusal(self.url, refused.code, refused.read()) from refused
        except ValueError as garbled:
            raise _not_a_sandbox(self.url) from garbled
        except OSError as unreachable:
            raise SandboxError(
                f"no sandbox answers at {self.url}",
                why=str(getattr(unreachable, "reason", unreachable)),
                do="start one with 'chimeform sandbox serve', or name another with --url or AWS_ENDPOINT_URL",
            ) from unreachable


def _refusal(url: str, status: int, said: bytes) -> SandboxError:
    try:
        answer = json.loads(said)
        message = answer["Message"]
    except (ValueError, KeyError, TypeError):
        return _not_a_sandbox(url)
    return SandboxError(
        f"the sandbox refuses: {message}", why=f"it answered {status} {answer.get('Code', '')}", code="CF-SBX-002"
    )


def _not_a_sandbox(url: str) -> SandboxError:
    return SandboxError(
        f"what answers at {url} is not a sandbox",
        why="the control surface of a sandbox answers with JSON under /_sandbox/",
        do="name the sandbox with --url; a real AWS endpoint has no such surface",
    )
