"""A client of a ledger in a process of its own. Usage: client BACKEND PLACE ACTION [ARGUMENT].

hold ID   waits for a line, tries to lock, says `held` or `locked`, and holds until its input ends
work ID   locks and works for ever: says `append N` and `commit N` after each has returned
rewrite N puts N users again and again, and closes the ledger in between
"""

from __future__ import annotations

import itertools
import sys

from chimeform.errors import LedgerLocked
from chimeform.journal import Outcome, Verdict
from chimeform.ledger.base import Amendment, Ledger
from tests.ledger.backends import OPENERS, effect, lock_info, user


def say(text: str) -> None:
    print(text, flush=True)


def hold(ledger: Ledger, lock_id: str) -> None:
    say("ready")
    sys.stdin.readline()
    try:
        with ledger.lock(lock_info(lock_id)):
            say("held")
            sys.stdin.read()
    except LedgerLocked:
        say("locked")


def work(ledger: Ledger, run: str) -> None:
    """Each commit puts a pair, so that half a commit would show."""
    with ledger.lock(lock_info(run)):
        for number in itertools.count():
            step = f"{run}-{number}"
            intent = ledger.append(run, "InviteUsers", "2027-01-31T12:00:00Z", [effect(step)])
            say(f"append {step}")
            pair = (user(f"{step}-left", number=number), user(f"{step}-right", number=number))
            outcome = Outcome(intent.id, step, Verdict.DONE, "2027-01-31T12:00:01Z", id=step)
            ledger.commit(Amendment(put=pair, outcomes=(outcome,)))
            say(f"commit {step}")


def rewrite(ledger: Ledger, size: str) -> None:
    for number in itertools.count(1):
        ledger.commit(Amendment(put=tuple(user(f"user{one}", number=number) for one in range(int(size)))))
        ledger.close()


if __name__ == "__main__":
    _, backend, place, action, argument = sys.argv
    {"hold": hold, "work": work, "rewrite": rewrite}[action](OPENERS[backend](place), argument)
