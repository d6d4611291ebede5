"""Steps that travel in one call: its request, and what the answer says about each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..address import Address
from ..plan import Step
from ..regions import in_region
from ..resources import kinds
from ..resources.base import Call, IdempotencyToken, dig
from ..resources.operations import SUFFIX


@dataclass(frozen=True)
class Parcel:
    """Steps that travel in one call. `token` is the same however often they are sent; none where none is taken."""

    steps: tuple[Step, ...]
    token: str = ""

    @property
    def operation(self) -> str:
        return self.steps[0].operation

    @property
    def takes_token(self) -> bool:
        """Whether the service knows a repetition of the call by a token."""
        return any(isinstance(source, IdempotencyToken) for source in call_of(self.steps[0]).sends.values())

    @property
    def service(self) -> str:
        first = self.steps[0]
        return in_region(kinds()[first.kind].api.service_of(call_of(first)), first.region)

    def request(self, ids: Mapping[Address, str]) -> dict[str, Any]:
        """The complete request, with the ids that earlier steps brought."""
        first = self.steps[0]
        request: dict[str, Any] = _with_ids(first.request, ids, self.token)
        batch = call_of(first).batch
        if batch:
            request[batch.member] = [_with_ids(step.item, ids) for step in self.steps]
        return request

    def failures(self, answer: Mapping[str, Any], ids: Mapping[Address, str]) -> dict[str, tuple[str, str]]:
        """Steps that failed inside an answer that says "success": step id → (code, message)."""
        batch = call_of(self.steps[0]).batch
        if batch is None:
            return {}
        failed = {str(key).casefold(): told for key, told in batch.failures(answer).items()}
        found = {}
        for step in self.steps:
            item = _with_ids(step.item, ids)
            key = item[batch.key] if batch.key else item
            if told := failed.get(unquote(str(key)).casefold()):
                found[step.id] = told
        return found

    def new_id(self, step: Step, answer: Mapping[str, Any], ids: Mapping[Address, str]) -> str | None:
        """The id that the answer, or the step itself, gives to a new object."""
        call, api = call_of(step), kinds()[step.kind].api
        if call not in api.creations and call.id_in is None:
            return None
        found = dig(answer, call.id_in) if call.id_in else None
        if api.same_id_as and call.batch and call.batch.key:
            found = _with_ids(step.item, ids)[call.batch.key]
        if api.id_field:
            found = step.effect.values.get(api.id_field)
        return str(found) if found is not None else None


def call_of(step: Step) -> Call:
    """The kind's declaration behind a step."""
    return next(call for call in kinds()[step.kind].api.calls() if call.name == step.call)


def brought_ids(value: Any) -> Iterator[Address]:
    """The addresses whose ids a request has to wait for."""
    if isinstance(value, Mapping):
        if "$id" in value:
            yield Address.parse(value["$id"])
            return
        value = list(value.values())
    for part in value if isinstance(value, list | tuple) else ():
        yield from brought_ids(part)


def _with_ids(value: Any, ids: Mapping[Address, str], token: str = "") -> Any:
    if isinstance(value, Mapping):
        if "$id" in value:
            return ids[Address.parse(value["$id"])] + value.get(SUFFIX, "")
        if value.keys() == {"$token"}:
            return token
        return {name: _with_ids(part, ids, token) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_ids(part, ids, token) for part in value]
    return value
