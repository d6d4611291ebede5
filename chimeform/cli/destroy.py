"""`chimeform destroy`: retire everything that the workspace manages."""

from __future__ import annotations

import click

from .apply import auto_approving, perform
from .options import Options, command
from .plan import accepting


@command("destroy", tells_events=True)
@auto_approving
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when gates are still closed.")
@accepting
def destroy(options: Options, approved: bool, detailed_exitcode: bool, accepted: tuple[str, ...]) -> int:
    """Retire everything that the workspace manages; 'chimeform plan --destroy' shows it without doing it.

    Retiring is not always deleting: a bot is disabled, a phone number goes to the deletion queue for seven days, a
    person is removed or suspended. What cannot be undone needs --accept. Exit codes are those of apply.
    """
    return perform(
        options,
        purpose="destroy",
        saved=None,
        accepted=accepted,
        approved=approved,
        wait_seconds=0.0,
        detailed=detailed_exitcode,
    )
