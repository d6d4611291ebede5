"""`chimeform do`: what is done once and cannot be declared. Its commands are what the kinds say can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..resources import one_offs
from ..resources.base import OneOff
from ..resources.one_off import Said
from .approval import not_approved
from .options import Command, Group, Options, parse_address

if TYPE_CHECKING:
    from ..undertaking import Asked, Undertaking
    from .credentials import Reveal

FORMATS = ("text", "json")


class OneOffs(Group):
    """A command for every one-off operation that a kind declares."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(one_offs())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        declared = one_offs().get(cmd_name)
        return _command(cmd_name, [one for _, one in declared]) if declared else None


@click.group("do", cls=OneOffs)
def do() -> None:
    """Do something once, which no file can say: it is asked about first, journaled, and in 'state history'.

    ADDR is the address of a resource, in quotes for the shell. Globs are allowed, and mean what is live too; whoever a
    glob means and for whom it makes no sense is left out and told.

    Exit code 0: done; 1: something failed, was not approved, or what was checked is not good; 4: refused, because it
    cannot be taken back and nobody has consented; 130: interrupted, everything recorded.
    """


# ---------------------------------------------------------------- commands from declarations


def _command(name: str, forms: Sequence[OneOff]) -> Command:
    """`forms` are the operations of one name, which differ in what they have to be told."""
    first = forms[0]
    title = f"{first.title[0].upper()}{first.title[1:]}."
    shared = [*_whom(first), *_asked(forms)]
    if first.consequence is None:
        about = f"{title}\n\nExit code 0: it can; 1: it cannot." if first.judges else title
        params = [*shared, *_how_many(first)]
        return Command(name, params=params, help=about, short_help=title, callback=_looking(first), formats=FORMATS)
    one = first.consequence
    return Command(
        name,
        params=[*shared, *_agreeing(first)],
        help=f"{title}\n\n{one.severity.capitalize()} ({one.name}): {one.text} [{one.source}].",
        short_help=title,
        callback=_doing(first),
        formats=FORMATS,
    )


def _whom(one_off: OneOff) -> list[click.Parameter]:
    """The argument with the targets, where there are any. Of two where one is meant, something better can be said than
    that there is one too many."""
    if one_off.on == "nothing":
        return []
    metavar = "ADDR" if one_off.on == "one" else "ADDR..."
    return [click.Argument(["addresses"], metavar=metavar, nargs=-1, required=True)]


def _asked(forms: Sequence[OneOff]) -> list[click.Parameter]:
    known = {given.name: given for one in forms for given in one.asks}
    always = set.intersection(*({given.name for given in one.asks if given.is_required} for one in forms))
    return [
        click.Option(
            [f"--{given.name}", _variable(given.name)],
            metavar=None if given.choices else given.metavar,
            type=click.Choice(tuple(given.choices)) if given.choices else str,
            help=f"{given.help}  [required]" if given.name in always else given.help,
            multiple=given.is_several,
        )
        for given in known.values()
    ]


def _variable(name: str) -> str:
    return f"given_{name.replace('-', '_')}"


def _how_many(one_off: OneOff) -> list[click.Parameter]:
    if one_off.items is None:
        return []
    return [click.Option(["--limit"], metavar="N", type=click.IntRange(1), default=20, help="How many at most  [20].")]


def _agreeing(one_off: OneOff) -> list[click.Parameter]:
    found: list[click.Parameter] = [
        click.Option(["--auto-approve", "-y", "--yes", "approved"], is_flag=True, help="Do it without asking.")
    ]
    assert one_off.consequence is not None
    if one_off.consequence.needs_consent:
        help_ = f"Consent to what cannot be taken back: {one_off.consequence.name}. Globs allowed."
        found.append(click.Option(["--accept", "accepted"], metavar="CONSEQUENCE", multiple=True, help=help_))
    if one_off.credential:
        name = one_off.credential.name
        found += [
            click.Option([f"--show-{name}", "shown"], is_flag=True, help="Show what is new, on a terminal only."),
            click.Option(
                [f"--{name}-to", "file"],
                metavar="FILE",
                type=click.Path(path_type=Path),
                help="Write what is new to a new FILE that only you can read.",
            ),
        ]
    return found


def _given(said: Mapping[str, Any]) -> Said:
    """What was said by the options of the operation itself."""
    named = {name: value for name, value in said.items() if name.startswith("given_") and value not in (None, ())}
    return {name.removeprefix("given_").replace("_", "-"): value for name, value in named.items()}


# ---------------------------------------------------------------- what they do


def _looking(one_off: OneOff) -> Any:
    def look(options: Options, addresses: tuple[str, ...] = (), limit: int = 1, **said: Any) -> int:
        from .. import looking
        from .do_text import looked_json, looked_text

        looked = looking.look(options.app(), _asked_of(one_off, addresses, said), most=limit)
        with options.screen() as screen:
            screen.result(looked_json(looked) if options.format == "json" else looked_text(looked))
            if not looked.is_whole and options.format == "text":
                screen.say("There is more: --limit N shows up to N.")
        return 0 if looked.is_good else 1

    return look


def _asked_of(one_off: OneOff, addresses: tuple[str, ...], said: Mapping[str, Any]) -> Asked:
    from ..undertaking import Asked

    return Asked(one_off.name, tuple(dict.fromkeys(map(parse_address, addresses))), _given(said))


def _doing(one_off: OneOff) -> Any:
    def do_it(
        options: Options,
        addresses: tuple[str, ...],
        approved: bool,
        accepted: tuple[str, ...] = (),
        *,
        shown: bool = False,
        file: Path | None = None,
        **said: Any,
    ) -> int:
        asked = _asked_of(one_off, addresses, said)
        with options.screen(), _keeper(options, one_off, file, shown=shown) as reveal:
            return _perform(options, asked, accepted, reveal, approved=approved)

    return do_it


def _keeper(
    options: Options, one_off: OneOff, file: Path | None, *, shown: bool
) -> AbstractContextManager[Reveal | None]:
    """Who gets a new credential: nobody, unless that was asked for."""
    from .credentials import to_file, to_terminal

    if one_off.credential is not None and file is not None:
        return to_file(options.path(file), one_off.credential.name)
    if one_off.credential is not None and shown:
        return to_terminal(options, options.screen(), one_off.credential.name)
    return nullcontext()


def _perform(
    options: Options, asked: Asked, accepted: tuple[str, ...], reveal: Reveal | None, *, approved: bool
) -> int:
    from .. import doing
    from .do_text import deed_json, deed_text, question, undertaking_text
    from .interrupt import INTERRUPTED, Interruption

    screen = options.screen()
    may_ask = screen.is_interactive and options.format == "text"
    with Interruption() as interruption:

        def approve(undertaking: Undertaking) -> bool:
            if options.format == "text":
                screen.result(undertaking_text(undertaking, is_full=options.verbose) + "\n")
            agreed = approved or (may_ask and screen.ask(question(undertaking)) == "yes")
            if not agreed:
                raise not_approved("something", "run it again with --auto-approve", may_ask=may_ask)
            interruption.work_begins()
            return True

        deed = doing.do(options.app(accepted), asked, approve=approve, reveal=reveal, stop=interruption.stop)
    screen.result(deed_json(deed) if options.format == "json" else deed_text(deed, is_full=options.verbose))
    if deed.outcomes.is_interrupted:
        return INTERRUPTED
    return 1 if deed.outcomes.is_short else 0
