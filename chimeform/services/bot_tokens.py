"""The way of a bot's security token between Amazon Chime and its store: the one place where it is looked at.

Every answer about a bot shows its token. What comes out of here says whether the store holds it, and never what it is;
so no reading, plan, journal or report can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from .aws import Services
from .secrets import SecretStores

_LOST = (ServiceFault.UNKNOWN_OUTCOME, ServiceFault.SERVICE)
"""After these, it may have happened."""


class BotTokens:
    """Operations on the tokens of bots, as those of any service. `Store` is a place of `SecretStores`."""

    def __init__(self, aws: Services, secrets: SecretStores) -> None:
        self._aws = aws
        self._secrets = secrets
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "CompareSecurityToken": self._compare,
            "StoreSecurityToken": self._store,
            "RotateSecurityToken": self._rotate,
        }

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._operations)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises `ServiceError`, which never holds a token."""
        return self._operations[operation](request)

    def time(self) -> datetime:
        return self._aws.time()

    def _compare(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Whether the store holds the bot's token of now: `same`, `other` or `missing`."""
        kept = self._secrets.find(request["Store"])
        if kept is None:
            return {"State": "missing"}
        return {"State": "same" if kept == self._read(request) else "other"}

    def _store(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the token of now into the store."""
        self._secrets.write(request["Store"], self._read(request))
        return {}

    def _rotate(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let the service make a new token, and put that into the store.

        The store is looked at first, so that one that is out of reach stops it before anything has changed. Where the
        answer is lost, the bot itself tells whether it has a new token.
        """
        self._secrets.find(request["Store"])
        before = self._read(request)
        try:
            token = _token_in(self._aws.call("chime", "RegenerateSecurityToken", _bot(request)))
        except ServiceError as error:
            if error.fault not in _LOST:
                raise
            token = self._read(request)
            if token == before:
                raise _did_not_happen(error) from error
        try:
            self._secrets.write(request["Store"], token)
        except ServiceError as error:
            raise _not_stored(error) from error
        return {}

    def _read(self, request: Mapping[str, Any]) -> str:
        return _token_in(self._aws.call("chime", "GetBot", _bot(request)))


def _bot(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"AccountId": request["AccountId"], "BotId": request["BotId"]}


def _token_in(answer: Mapping[str, Any]) -> str:
    return str(answer["Bot"]["SecurityToken"])


def _did_not_happen(error: ServiceError) -> ServiceError:
    """A look showed that the bot still has the token that it had."""
    return ServiceError(
        error.summary,
        operation=error.operation,
        fault=ServiceFault.INVALID,
        service_code=error.service_code,
        request_id=error.request_id,
        why="the answer was lost, and a look showed that the bot still has its old token",
        do="run the command again; if it stays, look at the AWS Health Dashboard",
    )


def _not_stored(error: ServiceError) -> ServiceError:
    """Not to be sent again: a second rotation would be a second outage of the bot's program."""
    return ServiceError(
        f"the bot has a new token, and the store did not take it: {error.summary}",
        operation=error.operation,
        fault=ServiceFault.INVALID,
        service_code=error.service_code,
        request_id=error.request_id,
        why="until the store has it, the program behind the bot refuses every request",
        do=f"{error.do}; then run 'chimeform apply', which puts the token of now into the store",
        code="CF-BOT-008",
    )
