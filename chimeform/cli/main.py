"""The program: which commands there are, and what happens to errors that reach the top.

Commands are listed by name, module and one line of help, so that `chimeform --help` and a misspelt command import none
of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from .. import __version__
from .failures import report_failure
from .options import Group, Options


@dataclass(frozen=True)
class Entry:
    """`place` is `module:function` within this package."""

    place: str
    help: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("init:init", "make a new workspace: files, editor support, a CI workflow"),
    "validate": Entry("validate:validate", "check everything that can be known without the network"),
    "plan": Entry("plan:plan", "show what would change, why, and what it means for whom"),
    "apply": Entry("apply:apply", "do it: the plan of now, or a saved one"),
    "drift": Entry("drift:drift", "show what differs from what was applied last"),
    "destroy": Entry("destroy:destroy", "retire everything that the workspace manages"),
    "pending": Entry("pending:pending", "show what waits for a person, a carrier, the service or the clock"),
    "export": Entry("export:export", "write the files of everything that is live"),
    "import": Entry("import_:import_", "take over one live object under an address"),
    "state": Entry("state:state", "look into the ledger and correct it"),
    "report": Entry("report:report", "tell what the service has delivered: calls, by whom, where to and when"),
    "policy": Entry("policy:policy", "show the rules of the workspace's own over its plans, and test them"),
    "do": Entry("do:do", "do something once: reset a PIN, sign people out, rotate a token, redact a message"),
    "bot": Entry("bot:bot", "check who sent a request to a chatbot, and where its events go"),
    "graph": Entry("graph:graph", "draw what depends on what"),
    "iam-policy": Entry("iam_policy:iam_policy", "the least that AWS has to allow for the workspace, or for one plan"),
    "explain": Entry("explain:explain", "explain a kind, a field or a code"),
    "schema": Entry("schema:schema", "print or write the JSON Schemas of the language, plans, drift and policies"),
    "sandbox": Entry("sandbox:sandbox", "run a local Amazon Chime"),
    "demo": Entry("demo:demo", "the whole story on a sandbox of its own, in under a minute"),
}


class Program(Group):
    """The top: imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.place.partition(":")
        command: click.Command = getattr(import_module(f".{module}", __package__), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(
    "chimeform", cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, message="chimeform %(version)s", help="Show the version and exit.")
def program() -> None:
    """Infrastructure as code for the administration of Amazon Chime.

    Describe accounts, people, rooms, bots and phone numbers in YAML; see what would change; change it; notice what
    somebody else has changed. 'chimeform demo' shows all of it on a local Amazon Chime.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and give its exit code: 0, 1 error, 2 changes, 3 gates, 4 refused, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a name that the terminal cannot show must not end the program
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(program.main(arguments, prog_name="chimeform", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 1
    except (click.ClickException, click.Abort, KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the last resort
        given = getattr(getattr(error, "ctx", None), "obj", None)
        return report_failure(given if isinstance(given, Options) else Options(), error)
