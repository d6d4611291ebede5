"""The Slack workspace of an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import Api, Beside, Consequence, Resource, Scope, Transition
from .by_hand import CONSOLE, ByHand, ConsoleOnly
from .enterprise import is_team


class Slack(Resource, kind="slack", path="accounts.*.slack"):
    """The Slack workspace whose people use this Team account [guide: Associating Slack workspaces].

    Removing the block leaves the association as it is.
    """

    workspace: Annotated[
        str,
        ConsoleOnly(),
        Field(min_length=1, max_length=255, description="The workspace, as Slack calls it: acme.slack.com, or its id."),
    ]

    retire_means = "left as it is"
    by_hand = (
        ByHand(
            "workspace",
            "the Slack workspace {workspace} is associated",
            sets=("workspace",),
            steps=(
                "open Slack as an administrator of {workspace}, and install the Amazon Chime app if it is not there",
                f"open {CONSOLE} and choose Accounts, then {{account}}",
                "associate the Slack workspace {workspace} with the account, and take away any other one",
            ),
            source="guide: Associating Slack workspaces",
        ),
    )
    api = Api(service="chime")

    @classmethod
    def hints(cls, scope: Scope, beside: Beside) -> Iterable[str]:
        if is_team(scope):
            yield "slack: {workspace: WORKSPACE.slack.com}"

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.changes("workspace") and transition.action not in ("retire", "forget"):
            yield Consequence(
                "slack-sign-in",
                "notice",
                "associating a workspace switches the sign-in through Slack on; it can be switched off afterwards",
                "guide: Associating Slack workspaces",
            )
