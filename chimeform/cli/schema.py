"""`chimeform schema`: the JSON Schemas of the language, saved plans, drift and notices, made from the definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..report.json_text import to_json
from .options import Options, command
from .screen import write_whole

FILES = {
    "workspace": "chimeform.schema.json",
    "plan": "plan.schema.json",
    "drift": "drift.schema.json",
    "policy": "policy.schema.json",
    "policy-test": "policy-test.schema.json",
    "notice": "notice.schema.json",
}


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@command("schema", formats=("json",))
@click.argument("name", type=click.Choice(sorted(FILES)), required=False)
@click.option("--write", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Write the files into DIR.")
def schema(options: Options, name: str | None, folder: Path | None) -> int:
    """Print the JSON Schema of the language (the default), of plans, drift, policy files, their tests, or notices.

    With --write, write all of them, or the named one, to files.

    With a YAML language server, the first line of a file makes an editor complete and explain its keys:
    # yaml-language-server: $schema=PATH/chimeform.schema.json
    """
    with options.screen() as screen:
        if folder is None:
            screen.result(to_json(make_schema(name or "workspace")))
            return 0
        target = options.path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for one in [name] if name else FILES:
            write_whole(target / FILES[one], to_json(make_schema(one)) + "\n")
            screen.say(f"wrote {folder / FILES[one]}")
    return 0


def make_schema(name: str) -> dict[str, Any]:
    """One schema, with its keys in an order that does not depend on anything."""
    made: dict[str, Any] = _sorted(_MAKERS[name]())
    return made


def _workspace() -> dict[str, Any]:
    from ..language.schema import workspace_schema

    return workspace_schema()


def _plan() -> dict[str, Any]:
    from ..plan import FORMAT, Plan

    return {
        "$schema": _DIALECT,
        "$id": f"urn:chimeform:plan:{FORMAT}",
        **Plan.model_json_schema(mode="serialization"),
        "title": "chimeform plan",
    }


def _drift() -> dict[str, Any]:
    from ..drift import FORMAT, Drift

    return {
        "$schema": _DIALECT,
        "$id": f"urn:chimeform:drift:{FORMAT}",
        **Drift.model_json_schema(mode="serialization"),
        "title": "chimeform drift",
    }


def _policy() -> dict[str, Any]:
    from ..language.rules import RuleFile

    return {"$schema": _DIALECT, **RuleFile.model_json_schema(), "title": "chimeform policy file"}


def _policy_test() -> dict[str, Any]:
    from ..policy.cases import CaseFile

    return {"$schema": _DIALECT, **CaseFile.model_json_schema(), "title": "chimeform policy test cases"}


def _notice() -> dict[str, Any]:
    from ..notice import FORMAT, Notice

    return {
        "$schema": _DIALECT,
        "$id": f"urn:chimeform:notice:{FORMAT}",
        **Notice.model_json_schema(mode="serialization"),
        "title": "chimeform notice",
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


_MAKERS = {
    "workspace": _workspace,
    "plan": _plan,
    "drift": _drift,
    "policy": _policy,
    "policy-test": _policy_test,
    "notice": _notice,
}
