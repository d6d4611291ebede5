"""Answers as they are on the wire: botocore leaves out what its model does not know, so that its answers show no name
too many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def bodies(client: Any) -> Iterator[list[Any]]:
    """The bodies that come back to the client meanwhile, in order; {} for none."""
    received: list[Any] = []

    def note(http_response: Any, **_: Any) -> None:
        received.append(json.loads(http_response.content or b"{}"))

    event = f"after-call.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(event, note)
    try:
        yield received
    finally:
        client.meta.events.unregister(event, note)


def check_body(model: Mapping[str, Any], shape_name: str | None, body: Any, path: str = "") -> None:
    """The service keeps to its own names and enums in what it answers."""
    shape: Any = model["shapes"][shape_name] if shape_name else {"type": "structure", "members": {}}
    if shape["type"] == "structure":
        declared = {member.get("locationName", name): member["shape"] for name, member in shape["members"].items()}
        assert body.keys() <= declared.keys(), f"{path or shape_name}: {sorted(body.keys() - declared.keys())}"
        for name, value in body.items():
            check_body(model, declared[name], value, f"{path}.{name}")
    elif shape["type"] == "list":
        for item in body:
            check_body(model, shape["member"]["shape"], item, path)
    elif "enum" in shape:
        assert body in shape["enum"], path
