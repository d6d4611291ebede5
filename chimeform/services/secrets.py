"""Where secrets are kept: AWS Secrets Manager, SSM Parameter Store, the environment.

A secret comes out of here only to be sent on by a border beside this one. No error, log or answer ever holds one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..resources.secret_store import PLACE, places_in
from .aws import Services

Place = Mapping[str, Any]
"""`{"secretsmanager": NAME}`, `{"ssm": NAME}` or `{"env": NAME}`."""

_DESCRIPTION = "Written by chimeform for Amazon Chime"


class SecretStores:
    """The stores of one workspace, reached through its AWS border."""

    def __init__(self, aws: Services, process_env: Mapping[str, str]) -> None:
        self._aws = aws
        self._env = process_env

    def read(self, place: Place) -> str:
        """The secret. `ServiceError` with code CF-SEC-002 where there is none.

        Its fault is `invalid`: what is absent is what the files name, and not the object that the secret is needed for.
        """
        found = self.find(place)
        if found is None:
            raise _missing(place)
        return found

    def find(self, place: Place) -> str | None:
        """The secret, or None where the store itself says that there is none."""
        ((store, name),) = _named(place)
        if store == "env":
            return self._env.get(name) or None
        try:
            if store == "ssm":
                answer = self._aws.call("ssm", "GetParameter", {"Name": name, "WithDecryption": True})
                return str(answer["Parameter"]["Value"])
            answer = self._aws.call("secretsmanager", "GetSecretValue", {"SecretId": name})
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                return None
            raise
        return answer.get("SecretString")

    def write(self, place: Place, secret: str) -> None:
        """Keep the secret there, as a new version where there is one already, encrypted by the store."""
        ((store, name),) = _named(place)
        if store == "ssm":
            self._aws.call(
                "ssm",
                "PutParameter",
                {"Name": name, "Value": secret, "Type": "SecureString", "Overwrite": True, "Description": _DESCRIPTION},
            )
            return
        try:
            self._aws.call("secretsmanager", "PutSecretValue", {"SecretId": name, "SecretString": secret})
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
            self._aws.call(
                "secretsmanager",
                "CreateSecret",
                {"Name": name, "SecretString": secret, "Description": _DESCRIPTION},
            )


class WithSecrets:
    """AWS, to which secrets are sent: a request names their places, and they are put in on the way out."""

    def __init__(self, aws: Services, secrets: SecretStores) -> None:
        self._aws = aws
        self._secrets = secrets

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        needed = next(places_in(request), None)
        return self._aws.call(service, operation, request if needed is None else self._filled(request))

    def time(self) -> datetime:
        return self._aws.time()

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if value.keys() == {PLACE}:
                return self._secrets.read(value[PLACE])
            return {name: self._filled(part) for name, part in value.items()}
        return [self._filled(part) for part in value] if isinstance(value, list | tuple) else value


def _named(place: Place) -> list[tuple[str, str]]:
    return [(store, str(name)) for store, name in place.items() if name is not None]


def _missing(place: Place) -> ServiceError:
    ((store, name),) = _named(place)
    where = {"secretsmanager": "Secrets Manager", "ssm": "the Parameter Store", "env": "the environment"}[store]
    return ServiceError(
        f"there is no secret {name!r} in {where}",
        operation="ReadSecret",
        fault=ServiceFault.INVALID,
        why="the files name it as the place of a secret that is needed now",
        do=f"put it there, or correct the name: {store}: {name}",
        code="CF-SEC-002",
    )
