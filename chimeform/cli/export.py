"""`chimeform export`: the files of an organisation that is live already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from .answers import answer
from .options import Options, command

if TYPE_CHECKING:
    from ..export.files import Exported
    from ..export.organisation import Gap

_MOST_NAMED = 10
_NEXT = """
Next:
  1. Read the files; the comments in them say what no operation shows.
  2. 'chimeform plan -C {folder}' shows that nothing would change.
  3. 'chimeform apply -C {folder}' takes everything over: it writes to the ledger and changes nothing.
"""


@command("export")
@click.argument("what", metavar="[users]", required=False, type=click.Choice(["users"]))
@click.option(
    "--csv-above",
    type=click.IntRange(0),
    default=25,
    metavar="N",
    help="Write collections of more than N people or numbers as CSV [25].",
)
@click.option("--csv", "is_csv", is_flag=True, help="With 'users': the list as CSV.")
def export(options: Options, what: str | None, csv_above: int, is_csv: bool) -> int | None:
    """Write the files of everything that is live: all accounts of the AWS account, or those of --target.

    'chimeform export users --csv' writes one list of people instead, as the console has it for download: to standard
    output, or to the file of --output.

    They go into the current folder, which must be empty, or into the new folder of --output; nothing is ever
    overwritten. Nothing live is changed. Inside a workspace, its 'aws' settings say where to look.
    """
    from ..adoption import check_empty, write_files
    from ..export.files import export_files
    from .export_users import export_users
    from .init import surroundings, workspace_name

    if what == "users":
        export_users(options, is_csv=is_csv)
        return None
    if is_csv:
        raise click.UsageError("--csv is about a list: 'chimeform export users --csv'")
    folder = options.path(options.output or ".")
    check_empty(folder)
    organisation, aws = options.app().discover()
    name = workspace_name(folder.resolve().name)
    exported = export_files(organisation, workspace=name, aws=aws, csv_above=csv_above)
    write_files(folder, {**exported.files, **surroundings()})
    # --output names the folder of the files here, and not a file for what is said about them
    here = replace(options, output=None, _screens=[])
    next_steps = _NEXT.format(folder=folder).rstrip().split("\n")
    answer(here, _told(str(folder), exported), *_lines(str(folder), exported), *next_steps)
    return 1 if exported.gaps else None


def _told(folder: str, exported: Exported) -> dict[str, Any]:
    return {
        "directory": folder,
        "files": list(exported.files),
        "declared": dict(exported.declared),
        "undeclared": [{"address": str(one), "why": why} for one, why in exported.undeclared.items()],
        "unread": [
            {"address": str(gap.address), "fields": list(gap.fields), "why": gap.reading.reason, "do": gap.reading.do}
            for gap in exported.gaps
        ],
    }


def _lines(folder: str, exported: Exported) -> list[str]:
    from ..resources import kinds

    count = [f"{number} × {kind.replace('_', ' ')}" for kind in kinds() if (number := exported.declared.get(kind))]
    lines = [f"{folder}: {', '.join(count) or 'nothing to declare'}"]
    lines += [f"  {name}" for name in exported.files]
    lines += _listed("Not declared", [f"{one}: {why}" for one, why in exported.undeclared.items()])
    lines += _listed("Not read", [_gap(gap) for gap in exported.gaps])
    return lines


def _gap(gap: Gap) -> str:
    fields = f" ({', '.join(gap.fields)})" if gap.fields else ""
    return f"{gap.address}{fields}: {gap.reading.reason}"


def _listed(title: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = [f"  and {len(items) - _MOST_NAMED} more, in the comments of the files"] if len(items) > _MOST_NAMED else []
    return ["", title, *(f"  {item}" for item in items[:_MOST_NAMED]), *more]
