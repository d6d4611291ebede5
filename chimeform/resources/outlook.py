"""The Outlook add-in of an account's people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import Api, Beside, Resource, Scope
from .by_hand import ByHand, ConsoleOnly


class Outlook(Resource, kind="outlook", path="accounts.*.outlook"):
    """The Amazon Chime add-in for Outlook, which an administrator deploys to everybody [guide: Deploying the add-in].

    It is deployed in Microsoft's administration, where Amazon Chime sees nothing of it. Removing the block leaves it.
    """

    add_in: Annotated[bool, ConsoleOnly(), Field(description="Everybody has the add-in.")]

    retire_means = "left as it is"
    by_hand = (
        ByHand(
            "deployed",
            "the Outlook add-in is deployed",
            sets=("add_in",),
            when=lambda before, after: after.get("add_in") is True,
            steps=(
                "open the Exchange or Microsoft 365 administration that serves the people of {account}",
                "add the Amazon Chime add-in from the store, and deploy it to everybody",
            ),
            source="guide: Deploying the add-in for Outlook",
        ),
        ByHand(
            "withdrawn",
            "the Outlook add-in is withdrawn",
            sets=("add_in",),
            when=lambda before, after: after.get("add_in") is False,
            steps=(
                "open the Exchange or Microsoft 365 administration that serves the people of {account}",
                "remove the Amazon Chime add-in from everybody",
            ),
            source="guide: Deploying the add-in for Outlook",
        ),
    )
    api = Api(service="chime")

    @classmethod
    def hints(cls, scope: Scope, beside: Beside) -> Iterable[str]:
        return ("outlook: {add_in: true}",)
