"""`chimeform validate`: everything that can be known without the network."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..report.json_text import to_json
from .checks import CHECK_FORMATS, check_text, check_title
from .failures import diagnostic_text
from .options import Options, command

if TYPE_CHECKING:
    from ..language.desired import Desired


@command("validate", formats=("text", "json", *CHECK_FORMATS))
def validate(options: Options) -> int:
    """Check everything that can be known without the network.

    Every error of every file is shown at once, each with its place, why it is one, and what to do. Exit code 0: the
    workspace is good (there may be warnings); 1: it is not.
    """
    desired = options.load()
    with options.screen() as screen:
        if text := _told(desired, options):
            screen.result(text)
    return 0


def _told(desired: Desired, options: Options) -> str:
    if options.format in CHECK_FORMATS:
        from ..report.check import check_of_files

        report = check_of_files(desired.warnings, desired.sources, check_title())
        return check_text(report, options.format, options.directory)
    return _as_json(desired) if options.format == "json" else _as_text(desired)


def _count(desired: Desired) -> dict[str, int]:
    return dict(sorted(Counter(declaration.kind for declaration in desired.declarations.values()).items()))


def _as_json(desired: Desired) -> str:
    document = {
        "valid": True,
        "workspace": desired.workspace,
        "environment": desired.environment,
        "resources": _count(desired),
        "diagnostics": [item.as_json() for item in desired.warnings],
    }
    return to_json(document)


def _as_text(desired: Desired) -> str:
    told = [diagnostic_text(item, desired.sources) + "\n" for item in desired.warnings]
    total = len(desired.declarations)
    each = ", ".join(f"{kind.replace('_', ' ')} {number}" for kind, number in _count(desired).items())
    counts = f"{total} resource{'s' if total != 1 else ''} ({each})" if total else "it declares nothing yet"
    where = f"{desired.workspace}, environment {desired.environment}" if desired.environment else desired.workspace
    warnings = len(desired.warnings)
    notice = f" ({warnings} warning{'s' if warnings != 1 else ''})" if warnings else ""
    told.append(f"The workspace {where} is valid{notice}: {counts}.")
    return "\n".join(told)
