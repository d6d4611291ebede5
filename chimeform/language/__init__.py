"""The language: from the files of a workspace to `Desired`, or to every error in them at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ..diagnostics import Diagnostic, Findings, Position, Severity
from ..errors import InvalidWorkspace
from .defaults import read_defaults
from .desired import Aws, Desired, Dns, State
from .document import Head, read_environments, refuse_templates
from .files import Files, read_files, read_tables
from .guardrails import Guardrails
from .merge import Merger, structure
from .policies import read_policies
from .refactoring import read_refactoring
from .render import Renderer, check_names, digest, unused
from .resolve import (
    check_alike,
    check_cycles,
    check_ignored_fields,
    check_natural_keys,
    check_references,
    check_rules,
    declare,
)
from .template import Context, Value

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
        files = read_files(root, Findings())
        blamed: set[Position] = set()
        desired = _understand(files, blamed, environment, variables, process_env) if files.sources else None
    found = _without_echoes(files, blamed)
    if any(item.severity is Severity.ERROR for item in found) or desired is None:
        raise InvalidWorkspace(found, sources=files.texts)
    return replace(desired, warnings=tuple(found))


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection while a load makes a million objects that all stay: it would be half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _understand(
    files: Files,
    blamed: set[Position],
    environment: str | None,
    variables: Mapping[str, str],
    process_env: Mapping[str, str],
) -> Desired:
    """Everything after reading. Places that could not be rendered are added to `blamed`."""
    findings = files.findings
    head = Head(files)
    head.check_include()
    refuse_templates(head)
    check_names(variables, findings)
    used: dict[str, Value] = {}
    environments = read_environments(head, environment, variables, process_env, used)
    context = Context(environments.values(variables), process_env, used)
    renderer = Renderer(context, environments, files.reading)
    merger = Merger(findings)
    for source in files.sources:
        renderer.render(source)
    for source in files.sources:
        merger.add(source, source.value, [name for name in source.value if name in structure().named])
    defaults = read_defaults(merger, findings)
    read_tables(files, merger, defaults)
    merger.imply()
    defaults.imply(merger)
    blamed |= renderer.failed | head.failed
    declared = declare(merger, defaults, findings)
    is_complete = files.is_complete and not renderer.lost_names and not merger.is_incomplete
    check_references(declared, findings, is_complete=is_complete)
    check_ignored_fields(declared.by_address.values(), findings)
    check_natural_keys(declared, findings)
    check_alike(declared, findings)
    check_cycles(declared, findings)
    refactoring = read_refactoring(head, declared, findings, is_complete=is_complete)
    workspace = head.check_identity()
    policies = read_policies(head, files, context)
    desired = Desired(
        root=files.root,
        workspace=workspace,
        environment=environment,
        declarations=declared.by_address,
        aws=head.block("aws") or Aws(),
        dns=head.block("dns") or Dns(),
        state=head.block("state") or State(),
        guardrails=head.block("guardrails") or Guardrails(),
        policies=policies,
        values=context.values,
        notifications=tuple(webhook for webhook, _ in head.entries("notifications")),
        moved=refactoring.moved,
        removed=refactoring.removed,
        imports=refactoring.imports,
        digests={**files.digests, "(variables)": digest(context)},
        sources=files.texts,
    )
    check_rules(desired, findings)
    findings.extend(unused(variables, context))
    return desired


def _without_echoes(files: Files, blamed: set[Position]) -> list[Diagnostic]:
    """A value that could not be read is reported once, and not again for what it then seems to be."""
    unread = {_start(place) for place in blamed}
    unread |= {_start(item.position) for item in files.reading if item.position}
    kept = [item for item in files.findings if not item.position or _start(item.position) not in unread]
    return Findings([*files.reading, *kept]).in_order()


def _start(place: Position) -> tuple[str, int, int]:
    return place.file, place.line, place.column
