"""`chimeform iam-policy`: the least that AWS has to allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..diagnostics import nearest
from ..errors import UsageError
from ..report.json_text import to_json
from .apply import read_saved
from .options import Options, command

if TYPE_CHECKING:
    from ..iam.needs import Command, Once
    from ..iam.policy import Policy, Statement
    from ..language.desired import Aws
    from ..plan import Plan

_COMMANDS = ("plan", "apply", "drift", "destroy")


@command("iam-policy")
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--for",
    "purpose",
    metavar="COMMAND",
    help="The command that it is for: plan, apply, drift, destroy, or 'do ACTION'  [apply].",
)
def iam_policy(options: Options, saved: Path | None, purpose: str | None) -> None:
    """Show the least that AWS has to allow for a command in this workspace, or for 'chimeform apply PLAN'.

    The policy of a workspace has all that could be called for what the files declare and the ledger knows, whatever is
    live; a saved plan narrows that to its own calls. No service is asked. The power to retire is in it only where
    something is to be retired: take 'iam-policy' again when a block is removed.

    With --format json the result is the policy document, ready for 'aws iam create-policy'; a list of documents if one
    would be larger than IAM takes.
    """
    plan = _read_plan(options, saved, purpose)
    if plan is not None:
        options = replace(options, environment=options.environment or plan.environment)
    policy, desired = options.app().iam_policy(plan or _purpose(purpose or "apply"))
    with options.screen() as screen:
        if options.format == "json":
            screen.result(_as_json(policy))
        else:
            what = f"the plan {saved}" if saved else f"'chimeform {purpose or 'apply'}'"
            screen.result("\n".join(_as_text(policy, f"{what} in {desired.workspace}", desired.aws)))


def _purpose(text: str) -> Command | Once:
    """The command of that name. Raises `UsageError`."""
    from ..iam.needs import Command, Once
    from ..resources import one_offs

    if text in _COMMANDS:
        return Command(text)
    if text.startswith("do ") and text[3:] in one_offs():
        return Once(text[3:])
    known = [*_COMMANDS, *(f"do {name}" for name in one_offs())]
    guess = nearest(text, known)
    raise UsageError(
        f"there is no policy for {text!r}",
        do=f"did you mean '{guess}'?" if guess else f"choose one of: {', '.join(known)}",
        code="CF-USE-014",
    )


def _read_plan(options: Options, saved: Path | None, purpose: str | None) -> Plan | None:
    if saved is not None:
        if purpose is not None:
            raise click.UsageError("a saved plan says itself what it is for, and takes no --for")
        return read_saved(options, saved)
    if options.targets or options.excludes:
        raise UsageError(
            "the policy of a workspace is for the whole of it",
            why="also with --target and --exclude, everything is read",
            do="leave them out; or save a plan with them, and run 'chimeform iam-policy FILE'",
            code="CF-USE-013",
        )
    return None


def _as_json(policy: Policy) -> str:
    documents = policy.documents
    return to_json(documents[0] if len(documents) == 1 else documents)


# ---------------------------------------------------------------- in words

_PURPOSES = {
    "read": "looks at what there is",
    "create": "makes what is new",
    "change": "changes what there is, or brings it back",
    "retire": "retires what is to go",
}
_WITHOUT_RESOURCES = "* (these actions have no resource-level permissions: IAM takes nothing narrower)"


def _as_text(policy: Policy, what: str, aws: Aws) -> Iterator[str]:
    from ..iam.policy import LARGEST, size_of

    if not policy.statements:
        yield f"AWS has to allow nothing for {what}: there is nothing to ask it."
        return
    yield f"The least that AWS has to allow for {what}"
    for statement in policy.statements:
        yield ""
        yield from _in_words(statement, policy)
    yield ""
    yield from _beside(aws)
    sizes = [size_of(document) for document in policy.documents]
    how_many = "1 document" if len(sizes) == 1 else f"{len(sizes)} documents"
    yield f"{how_many} of {', '.join(f'{size:,}' for size in sizes)} characters; IAM takes {LARGEST:,} in one."
    yield "Print it with --format json."


def _in_words(statement: Statement, policy: Policy) -> Iterator[str]:
    yield f"{statement.sid}: {_PURPOSES[statement.purpose]}"
    widest = max(len(action) for action in statement.actions)
    for action in statement.actions:
        yield f"  {action:{widest}}  for {', '.join(policy.sakes[action])}"
    if statement.is_unrestricted:
        yield f"  on {_WITHOUT_RESOURCES}"
    else:
        yield from (f"  on {resource}" for resource in statement.resources)


def _beside(aws: Aws) -> Iterator[str]:
    """What is called or needed too, and stands in no document."""
    if aws.expected_account or aws.cloudtrail:
        yield "sts:GetCallerIdentity is called too, to see which account it is; everybody may, whatever a policy says."
    if aws.assume_role:
        yield f"This is for the role {aws.assume_role}; whoever assumes it needs sts:AssumeRole on that."
