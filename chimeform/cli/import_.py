"""`chimeform import`: take over one live object."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import ChimeformError, UsageError
from .answers import answer
from .options import Options, command, parse_address


@command("import")
@click.argument("address", metavar="ADDR", required=False)
@click.argument("physical_id", metavar="ID", required=False)
@click.option(
    "--from-terraform",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the YAML of the voice resources in this state file of Terraform.",
)
def import_(options: Options, address: str | None, physical_id: str | None, from_terraform: Path | None) -> None:
    """Bind the live object with this ID to ADDR, which the files declare. Nothing live is changed.

    The next plan shows what differs between the two. Objects that can be told by their natural key (an account by its
    name, a person by the e-mail address, a number by itself) are found without this; 'import:' in the files does the
    same as this command for everybody who applies them.

    With --from-terraform and nothing else, the voice resources of a state file become YAML with import blocks, on the
    screen or in --output. Passwords stay where they are. docs/guide/from-terraform.md leads through it.
    """
    if from_terraform is not None and address is None:
        _translate(options, from_terraform)
    elif address is not None and physical_id is not None and from_terraform is None:
        _bind(options, address, physical_id)
    else:
        raise UsageError(
            "it is not clear what to import",
            why="one object has an ADDR and an ID; a state file of Terraform is imported as a whole",
            do="chimeform import ADDR ID, or chimeform import --from-terraform FILE",
            code="CF-USE-022",
        )


def _translate(options: Options, state: Path) -> None:
    from ..language.files import ROOT_FILE
    from ..terraform.files import voice_files
    from ..terraform.state import read_state
    from ..terraform.translation import translate
    from .init import workspace_name

    if options.format == "json":
        raise UsageError(
            "import --from-terraform has no format 'json'",
            why="it writes a file of a workspace, with comments for people",
            do="leave '--format json' out",
        )
    file = options.path(state)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChimeformError(
            f"{file} cannot be read: {error.strerror if isinstance(error, OSError) else 'it is no text'}",
            do="name the file that 'terraform state pull' writes",
            code="CF-TFS-001",
        ) from error
    is_new = not (options.directory / ROOT_FILE).exists()
    translation = translate(read_state(text, str(file)))
    written = voice_files(translation, workspace_name(options.directory.resolve().name) if is_new else None)
    with options.screen() as screen:
        screen.result(written.rstrip("\n"))


def _bind(options: Options, address: str, physical_id: str) -> None:
    record = options.app().bind(parse_address(address), physical_id)
    told = {"address": str(record.address), "kind": record.kind, "id": record.id, "values": dict(record.values)}
    answer(options, told, f"{record.address} is bound to {record.id}. 'chimeform plan' shows what differs.")
