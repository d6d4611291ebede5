"""One look at the world before anything is decided: whose credentials these are, what is recorded, what is live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .address import Address
from .apply.attempts import with_attempts, without_failed_attempts
from .errors import Refused
from .language.desired import Desired
from .live import Live
from .observe import Observer
from .offers import search
from .pools import Filled, completed, draw
from .recorded import Recorded
from .relocation import Moves
from .services.calls import Calls

ReadAs = Callable[[Desired, Recorded], Desired]
"""The files as they are to decide what is read of the live objects."""


@dataclass(frozen=True)
class Survey:
    """What was found. `recorded` has the addresses of now, and `moves` tells where each moved one was. `filled` are the
    files and the live objects with the numbers of the pools."""

    recorded: Recorded
    moves: Mapping[Address, Address]
    filled: Filled
    observer: Observer
    aws_account: str | None

    @property
    def desired(self) -> Desired:
        return self.filled.desired

    @property
    def live(self) -> Live:
        return self.filled.live


def take_survey(
    wanted: Desired,
    record: Recorded,
    calls: Calls,
    *,
    clock: Callable[[], datetime],
    read_as: ReadAs | None = None,
) -> Survey:
    """Read everything that is declared, recorded or claimed. Raises `Refused` for another AWS account.

    `clock` is this machine's.
    """
    recorded, moves = record.renamed(Moves(wanted.moved).renames())
    account = check_account(wanted, calls)
    recorded = with_attempts(recorded, wanted.declarations)
    observer = Observer(read_as(wanted, recorded) if read_as else wanted, recorded, calls, clock)
    live = observer.observe()
    recorded = without_failed_attempts(recorded, live)
    drawn = draw(wanted, recorded, live)
    offers = search(calls, drawn)
    # the searches are reads like any other, and are counted with them
    filled = completed(drawn, offers)
    if drawn.shares:
        filled = replace(filled, live=replace(filled.live, calls=calls.counts))
        observer.desired = filled.desired
    return Survey(recorded, moves, filled, observer, account)


def check_account(desired: Desired, calls: Calls) -> str | None:
    """Refuse to touch another AWS account than the one the files name."""
    expected = desired.aws.expected_account
    if expected is None:
        return None
    found = callers_account(calls)
    if found != expected:
        raise Refused(
            f"these credentials belong to the AWS account {found}, and the workspace expects {expected}",
            why="'aws.expected_account' says so",
            do="choose another profile, or correct 'aws.expected_account'",
            code="CF-GRD-006",
        )
    return found


def callers_account(calls: Calls) -> str:
    """The id of the AWS account whose credentials these are."""
    return str(calls.read("sts", "GetCallerIdentity", {}).get("Account"))
