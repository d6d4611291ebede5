"""The block `notifications`: who is told how runs end and what has drifted."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..notice import Occasion
from ..resources.secret_store import SecretSource
from ..resources.values import fault


class Webhook(BaseModel):
    """A place that is told how runs ended and what has drifted. Its address is a secret: who has it can post there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: SecretSource = Field(description="Where the webhook's address is kept, which is a secret.")
    form: Literal["json", "chime", "slack"] = Field(
        "json", description="What it takes: the notice as JSON, or a message for a room of Amazon Chime or of Slack."
    )
    when: tuple[Occasion, ...] = Field(
        ("apply", "drift", "failure"), min_length=1, strict=False, description="What it is told of."
    )
    mention: Literal["all", "present"] | None = Field(
        None, description="Whom a message in Amazon Chime calls: `all` in the room, or all who are `present`."
    )

    @model_validator(mode="after")
    def _mention_in_chime_only(self) -> Webhook:
        if self.mention is not None and self.form != "chime":
            raise fault(
                "CF-NTF-004",
                f"'mention' does not go with the form {self.form}",
                why="@All and @Present are words of Amazon Chime",
                do="leave 'mention' out, or write 'form: chime'",
            )
        return self
