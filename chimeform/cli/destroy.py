"""`chimeform destroy`: retire everything that the workspace manages."""

from __future__ import annotations

import click

from .apply import asked_to_waive, auto_approving, perform, waiving
from .options import Options, command
from .plan import accepting


@command("destroy", tells_events=True)
@auto_approving
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when gates are still closed.")
@accepting
@waiving
def destroy(
    options: Options,
    approved: bool,
    detailed_exitcode: bool,
    accepted: tuple[str, ...],
    waived: tuple[str, ...],
    reason: str,
) -> int:
    """Retire everything that the workspace manages; 'chimeform plan --destroy' shows it without doing it.

    Retiring is not always deleting: a bot is disabled, a phone number goes to the deletion queue for seven days, a
    person is removed or suspended. What cannot be undone needs --accept. Exit codes are those of apply.
    """
    return perform(
        options,
        purpose="destroy",
        saved=None,
        accepted=accepted,
        waiving=asked_to_waive(waived, reason),
        approved=approved,
        wait_seconds=0.0,
        detailed=detailed_exitcode,
    )
