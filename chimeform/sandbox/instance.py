"""One sandbox: its world, its clock and dice, what it was told to do wrong, and the services that it mounts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from chimeform.sandbox.access import Policy
from chimeform.sandbox.aws import OtherServices
from chimeform.sandbox.calls import CallLog
from chimeform.sandbox.chance import Chance
from chimeform.sandbox.clock import Clock
from chimeform.sandbox.context import Context, Settings
from chimeform.sandbox.control_input import bad_control
from chimeform.sandbox.faults import Faults
from chimeform.sandbox.moto_roles import Outlook
from chimeform.sandbox.okta.organisation import Limits
from chimeform.sandbox.okta.routes import OPERATIONS as OKTA_OPERATIONS
from chimeform.sandbox.outbound import Outbound
from chimeform.sandbox.store import DataFile, DataFileError, Tables
from chimeform.sandbox.trail import Trail
from chimeform.sandbox.voice.configurations import streaming_connectors
from chimeform.sandbox.wire import Service

STALE_SECONDS = 60.0
"""How far behind a `stale` fault puts a call: what Terraform waits for in Regions other than us-east-1."""
DEFAULT_ACCOUNT_ID = "111122223333"


class Sandbox:
    """Everything that a request may touch. What `commit` keeps survives a restart; the rest starts afresh.

    Kept: the tables, the clock's offset, the state of the dice and the settings. Not kept: call counts, CloudTrail's
    events, faults, the IAM policy and what the other AWS services hold.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        account_id: str | None,
        seed: int,
        settings: Mapping[str, Any],
        data_file: DataFile | None,
    ) -> None:
        # The longest prefix first: "" fits every path.
        mounted = sorted(services, key=lambda service: -len(service.prefix))
        self.services = tuple(service for service in mounted if service.signing_name == "chime")
        self.signed = {service.signing_name: service for service in mounted if service.signing_name != "chime"}
        """Services that a request names by its signature and not by its path."""
        self.tables = Tables()
        stored = data_file.load(self.tables) if data_file is not None else {}
        self.account_id = _choose_account(account_id, stored.get("account_id"))
        self.clock = Clock(offset=stored.get("clock_offset", 0.0))
        self.chance = Chance(*stored.get("chance", (seed,)))
        self.fault_chance: random.Random = Chance(self.chance.origin)
        self.faults = Faults()
        self.policy = Policy()
        self.calls = CallLog()
        self.generation = 0
        self.others = OtherServices(self.account_id, self._outlook)
        self.trail = Trail(self.account_id, self.others.find_session)
        self.outbound = Outbound()
        self.okta_limits = Limits()
        self.settings = Settings()
        self.change_settings(settings)
        self._first_settings = self.settings
        # What was asked for at this start goes before what an earlier one was told.
        self.change_settings({**stored.get("settings", {}), **settings})
        self._data_file = data_file
        self.commit(is_state_changed=True)

    def context(self, caller_arn: str, region: str = "us-east-1", *, is_stale: bool = False) -> Context:
        """What a request may use; a stale one does not see what the voice service was told in the last minute."""
        settings = self.settings
        lag = max(settings.consistency_seconds, STALE_SECONDS) if is_stale else settings.consistency_seconds
        return Context(
            *(self.tables, self.clock, self.chance, self.account_id, caller_arn, self.outbound, settings, self.trail),
            region=region,
            lag_seconds=lag,
            find_directory=self.others.find_directory,
            needs_role=self.others.linked_roles.started,
        )

    def console_context(self) -> Context:
        """The context of what people do outside the API: at the console, in their mailbox, at the carrier."""
        return self.context(f"arn:aws:iam::{self.account_id}:root")

    def _outlook(self) -> Outlook:
        seconds, streaming = self.settings.role_deletion_seconds, streaming_connectors(self.console_context())
        return Outlook(self.clock.now(), seconds, streaming)

    def operations(self) -> list[str]:
        """What faults can be asked for by name: the operations of every API that is not moto's."""
        mounted = (*self.services, *self.signed.values())
        return sorted({name for service in mounted for name in service.endpoints} | OKTA_OPERATIONS)

    def error_shapes(self) -> set[str]:
        return {shape for service in self.services for shape in service.error_shapes}

    def change_settings(self, values: Mapping[str, Any]) -> None:
        """Replace the settings that `values` names. BadRequestException for an unknown name or a wrong type."""
        known = {item.name: getattr(Settings(), item.name) for item in fields(Settings)}
        for name, value in values.items():
            if name not in known:
                raise bad_control(f"unknown setting {name!r}; known are {', '.join(known)}")
            _check_setting(name, value, known[name])
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        self.settings = replace(self.settings, **given)

    def reset(self, seed: int | None) -> None:
        """Forget everything. Without a seed the dice go on, so that no identifier of the old world comes back."""
        self.generation += 1
        self.tables.clear()
        self.clock.offset = 0.0
        self.faults.clear()
        self.policy.clear()
        self.calls.clear()
        self.trail.clear()
        self.okta_limits = Limits()
        self.settings = self._first_settings
        if seed is not None:
            self.chance, self.fault_chance = Chance(seed), Chance(seed)
        self.commit(is_state_changed=True)

    def commit(self, *, is_state_changed: bool = False) -> None:
        """Make what happened permanent; to be called before the answer leaves. Raises DataFileError."""
        if self._data_file is None:
            self.tables.forget_changes()
        elif is_state_changed or self.tables.have_changes:
            self._data_file.commit(self.tables, self._state())

    def close(self) -> None:
        if self._data_file is not None:
            self._data_file.close()

    def _state(self) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "clock_offset": self.clock.offset,
            "chance": [self.chance.origin, self.chance.drawn],
            "settings": asdict(self.settings),
        }


def _choose_account(asked: str | None, stored: str | None) -> str:
    if asked is not None and stored is not None and asked != stored:
        raise DataFileError(f"the data file is of AWS account {stored}, not {asked}")
    return asked or stored or DEFAULT_ACCOUNT_ID


def _check_setting(name: str, value: Any, default: Any) -> None:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise bad_control(f"{name} is true or false")
    elif isinstance(default, float):
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 10_000_000_000:
            raise bad_control(f"{name} is a number of seconds, 0 or more")
    elif isinstance(default, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise bad_control(f"{name} is a list of texts")
    elif value is not None and (type(value) is not int or value < 0):
        raise bad_control(f"{name} is a whole number, or null for none")
