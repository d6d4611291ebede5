"""The language: from the files of a workspace to `Desired`, or to every error in them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ..diagnostics import Diagnostic, Findings, Severity
from ..errors import InvalidWorkspace
from .desired import Aws, Desired, Guardrails, State
from .document import Files, read_files, read_head
from .merge import Merger, structure
from .resolve import check_ignored_fields, check_references, check_rules, declare
from .source import collector_paused

_NOTHING: Mapping[str, str] = MappingProxyType({})


def load(
    root: Path,
    *,
    environment: str | None = None,
    variables: Mapping[str, str] = _NOTHING,
    process_env: Mapping[str, str] = _NOTHING,
) -> Desired:
    """Read the workspace in the folder `root`.

    `environment` is one of its environments, `variables` win over the values of the files, and `process_env` is what
    templates see as `env`. Raises `InvalidWorkspace` with the diagnostics of all files, in reading order.
    """
    with collector_paused():
        reading, meaning = Findings(), Findings()
        files = read_files(root, reading)
        desired = _understand(files, meaning, environment, variables, process_env)
    found = _without_echoes(reading, meaning)
    if any(item.severity is Severity.ERROR for item in found) or desired is None:
        raise InvalidWorkspace(found, sources=files.texts)
    return replace(desired, warnings=tuple(found))


def _understand(
    files: Files,
    findings: Findings,
    environment: str | None,
    variables: Mapping[str, str],
    process_env: Mapping[str, str],
) -> Desired | None:
    if not files.sources:
        return None
    files.findings = findings
    head = read_head(files)
    merger = Merger(findings)
    for source in files.sources:
        merger.add(source, source.value, [name for name in source.value if name in structure().named])
    declared = declare(merger, findings)
    check_references(declared, findings, is_complete=files.is_complete)
    check_ignored_fields(declared.by_address.values(), findings)
    desired = Desired(
        root=files.root,
        workspace=head.workspace.workspace or "",
        environment=environment,
        declarations=declared.by_address,
        aws=head.workspace.aws or Aws(),
        state=head.workspace.state or State(),
        guardrails=head.workspace.guardrails or Guardrails(),
        digests=files.digests,
        sources=files.texts,
    )
    check_rules(desired, findings)
    return desired


def _without_echoes(reading: Findings, meaning: Findings) -> list[Diagnostic]:
    """A value that could not be read is reported once, and not again for what it then seems to be."""
    blamed = {item.position for item in reading if item.position}
    places = {(place.file, place.line, place.column) for place in blamed}
    kept = [
        item
        for item in meaning
        if item.position is None or (item.position.file, item.position.line, item.position.column) not in places
    ]
    return Findings([*reading, *kept]).in_order()
