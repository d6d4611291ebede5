"""What every command takes, before or after its name, and how a command is declared.

A command is one module with one function, listed in `main.COMMANDS`:

    @command("validate", formats=("text", "json"))
    @click.option("--strict", is_flag=True)
    def validate(options: Options, strict: bool) -> int | None:
        '''Check everything that can be known without the network.'''

It returns its exit code (None is 0) and raises `ChimeformError` for what a user can understand. A command that has
commands of its own is a `group`, whose members are declared with `@NAME.command("list", formats=…)`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..address import Address
from ..diagnostics import nearest
from ..durations import seconds_of
from ..errors import UsageError
from ..services.pacing import MOST_AT_ONCE

if TYPE_CHECKING:
    from ..app import App
    from ..language.desired import Desired
    from .screen import Screen

MOST_PARALLELISM = 64
"""As many as there are connections to one service."""


@dataclass(frozen=True)
class Options:
    """The options that all commands take, from wherever on the command line they were given."""

    directory: Path = Path()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    parallelism: int = MOST_AT_ONCE
    format: str = ""
    """Empty until the command's own default has filled it in."""
    output: Path | None = None
    no_color: bool = False
    verbose: bool = False
    _screens: list[Screen] = field(default_factory=list, repr=False, compare=False)

    def path(self, given: str | Path) -> Path:
        """A path of the command line: with `-C`, everything is as if the program had been started there."""
        return self.directory / given

    def screen(self) -> Screen:
        """The output of this command: one for all of it, so that an error stands behind what was said before."""
        from .screen import Screen

        if not self._screens:
            self._screens.append(Screen.of_process(self))
        return self._screens[0]

    def load(self) -> Desired:
        """The workspace as declared, for commands that need nothing else of the program and should not pay for it."""
        from ..language import load

        return load(
            self.directory, environment=self.environment, variables=self.variables, process_env=dict(os.environ)
        )

    def app(self, accepted: Sequence[str] = ()) -> App:
        """The use cases for this workspace, with the real clock, the real environment and AWS."""
        from ..app import App, Request
        from ..planner import Selection
        from .surroundings import real_surroundings

        request = Request(
            self.directory,
            environment=self.environment,
            variables=self.variables,
            selection=Selection(self.targets, self.excludes, tuple(accepted)),
            parallelism=self.parallelism,
        )
        return App(request, real_surroundings())

    def merged(self, given: Mapping[str, Any]) -> Options:
        """With what a later place of the command line says: lists grow, everything else is replaced."""
        changes = {name: value for name, value in given.items() if value not in (None, (), False)}
        for name in ("targets", "excludes"):
            if name in changes:
                changes[name] = (*getattr(self, name), *changes[name])
        if "variables" in changes:
            changes["variables"] = {**self.variables, **dict(changes["variables"])}
        return replace(self, **changes)


# ---------------------------------------------------------------- values of options


if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # generic from click 8.5 on only


class _KeyValue(_Type):
    name = "K=V"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not equals or not key:
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return key, text


class _AddressPattern(_Type):
    name = "ADDR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            Address.parse(str(value))
        except ValueError as error:
            self.fail(
                f"{error}; write it as plans do, in quotes for the shell: 'accounts.acme.users[\"…\"]'", param, ctx
            )
        return str(value)


class Duration(_Type):
    """`90s`, `15m`, `1h30m`; a bare number is seconds. The value is seconds."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = seconds_of(str(value))
        if seconds is None:
            self.fail(f"{value!r} is not a duration such as 90s, 15m or 1h30m", param, ctx)
        return seconds


KEY_VALUE, ADDRESS_PATTERN, DURATION = _KeyValue(), _AddressPattern(), Duration()


def parse_address(text: str) -> Address:
    """An address argument. Raises `UsageError`."""
    try:
        return Address.parse(text)
    except ValueError as error:
        raise UsageError(
            str(error),
            do="write it as plans do, in quotes for the shell: 'accounts.acme.users[\"jane@acme.example\"]'",
            code="CF-USE-003",
        ) from error


_PATH = click.Path(path_type=Path)


def _shared_parameters() -> list[click.Parameter]:
    """Defaults are empty, so that what was given before the command's name is told from what was not given."""
    workers = click.IntRange(1, MOST_PARALLELISM)
    return [
        _option("-C", "directory", metavar="DIR", type=_PATH, help="Run as if started in DIR."),
        _option("--env", "environment", metavar="NAME", help="The environment of the workspace."),
        _option("--var", "variables", type=KEY_VALUE, multiple=True, help="Set a value for templates. Repeatable."),
        _option(
            "--target",
            "targets",
            type=ADDRESS_PATTERN,
            multiple=True,
            help="Only this address, what is below it, and what it needs. Repeatable, globs allowed.",
        ),
        _option(
            "--exclude",
            "excludes",
            type=ADDRESS_PATTERN,
            multiple=True,
            help="Not this address, nor what needs it. Repeatable, globs allowed.",
        ),
        _option("--parallelism", metavar="N", type=workers, help=f"At most so many calls at once [{MOST_AT_ONCE}]."),
        _option("--format", metavar="FORMAT", help="How to show the result: text, json or another of the command."),
        _option("--output", metavar="FILE", type=_PATH, help="Write the result to FILE, as a whole or not at all."),
        _option("--no-color", is_flag=True, help="No colours; NO_COLOR in the environment says the same."),
        _option("-v", "--verbose", is_flag=True, help="Show everything: nothing folded, all names, all ids."),
    ]


def _option(*names: str, **rest: Any) -> click.Option:
    return click.Option(names, **rest)


_SHARED_NAMES = tuple(str(parameter.name) for parameter in _shared_parameters())


# ---------------------------------------------------------------- commands


class _Shared(click.Command):
    """A command that takes the shared options itself too."""

    def __init__(
        self, *args: Any, formats: Sequence[str] = ("text",), tells_events: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.formats = tuple(formats)
        self.tells_events = tells_events
        self.own = len(self.params)
        self.params += _shared_parameters()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest: list[str] = super().parse_args(ctx, args)
        given = {name: ctx.params.pop(name) for name in _SHARED_NAMES}
        before = ctx.obj if isinstance(ctx.obj, Options) else Options()
        if given["directory"] is not None:
            given["directory"] = before.directory / given["directory"]
        ctx.obj = before.merged(given)
        return rest

    def check_format(self, path: str, asked: str) -> None:
        if asked not in self.formats:
            guess = nearest(asked, self.formats)
            raise UsageError(
                f"{path} has no format {asked!r}",
                do=f"write --format {guess}" if guess else f"choose one of: {', '.join(self.formats)}",
                code="CF-USE-004",
            )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [
            *(one for one in self.params[: self.own] if isinstance(one, click.Option)),
            *(one for one in [self.get_help_option(ctx)] if one),
        ]
        for title, parameters in (
            ("Options", own),
            ("Options of every command", self.params[self.own :]),
        ):
            records = [record for one in parameters if (record := one.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_Shared):
    """A command that does something; its function gets the `Options`."""

    def invoke(self, ctx: click.Context) -> int:
        """The exit code of the command, whatever becomes of it."""
        from .failures import report_failure

        options: Options = ctx.obj
        try:
            options = replace(options, format=options.format or self.formats[0])
            self.check_format(ctx.command_path, options.format)
            ctx.params["options"] = options
            return super().invoke(ctx) or 0
        except click.exceptions.Exit:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, people get a sentence and a code
            return report_failure(options, error, as_event=self.tells_events)


class Group(_Shared, click.Group):
    """A command that has commands of its own; `default` is the one that its bare name stands for."""

    command_class = Command

    def __init__(self, *args: Any, default: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, no_args_is_help=default is None, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if self.default and not ctx._protected_args:
            ctx._protected_args = [self.default]
        return rest

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            guess = nearest(name, known)
            raise UsageError(
                f"{ctx.command_path} has no command {name!r}",
                do=f"did you mean '{ctx.command_path} {guess}'?" if guess else f"choose one of: {', '.join(known)}",
                code="CF-USE-002",
            )
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _Shared.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def command(
    name: str, *, formats: Sequence[str] = ("text", "json"), tells_events: bool = False, **rest: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Declare a command: `function(options: Options, …) -> int | None`. The first of its formats is the default.

    With `tells_events`, its JSON is one object a line, and a failure is one of them.
    """
    return click.command(name, cls=Command, formats=formats, tells_events=tells_events, **rest)


def group(name: str, *, default: str | None = None, **rest: Any) -> Callable[[Callable[[], None]], Group]:
    """Declare a command that has commands of its own; its function takes nothing and does nothing."""
    return click.group(name, cls=Group, default=default, **rest)
