"""`chimeform import`: take over one live object."""

from __future__ import annotations

import json

import click

from .options import Options, command, parse_address


@command("import")
@click.argument("address", metavar="ADDR")
@click.argument("physical_id", metavar="ID")
def import_(options: Options, address: str, physical_id: str) -> None:
    """Bind the live object with this ID to ADDR, which the files declare. Nothing live is changed.

    The next plan shows what differs between the two. Objects that can be told by their natural key (an account by its
    name, a person by the e-mail address, a number by itself) are found without this; 'import:' in the files does the
    same as this command for everybody who applies them.
    """
    record = options.app().bind(parse_address(address), physical_id)
    with options.screen() as screen:
        if options.format == "json":
            told = {"address": str(record.address), "kind": record.kind, "id": record.id, "values": dict(record.values)}
            screen.result(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            screen.result(f"{record.address} is bound to {record.id}. 'chimeform plan' shows what differs.")
