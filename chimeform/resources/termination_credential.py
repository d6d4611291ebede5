"""With which name and password a phone system may call out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ..live import Values
from .base import (
    ID,
    Api,
    Batch,
    Call,
    Consequence,
    FromKey,
    Listing,
    Made,
    NaturalKey,
    Of,
    Resource,
    Shown,
    Transition,
    Wire,
    WriteOnly,
)
from .secret_store import SecretSource, place_text, secret
from .voice_objects import CONNECTOR, SERVICE

MOST_CREDENTIALS = 10
"""Of one Voice Connector [Terraform aws_chime_voice_connector_termination_credentials]."""
_ABOUT = "developer guide: Editing Amazon Chime Voice Connector settings"


def _put(label: str, *sets: str) -> Call:
    """Names that are not sent keep their passwords; all that change travel together."""
    return Call(
        "PutVoiceConnectorTerminationCredentials",
        label=label,
        sends=CONNECTOR,
        sets=sets,
        batch=Batch(
            "Credentials",
            item={"Username": Of("username"), "Password": Made(_password)},
            key="Username",
            size=MOST_CREDENTIALS,
            failures=lambda answer: {},
        ),
    )


def _password(values: Values) -> dict[str, object] | None:
    return secret(values.get("password"))


class TerminationCredential(
    Resource, kind="termination_credential", path="voice_connectors.*.termination.credentials.*"
):
    """A name and a password of a phone system. Without any, addresses alone decide who may call out.

    The service shows the names only. A password is sent when its place or `rotation` changes in the files, never
    recorded and never shown.
    """

    username: Annotated[
        str,
        FromKey(),
        Wire("Username"),
        NaturalKey(),
        Field(pattern=r"^[\x21-\x7e]+$", description="The name, in US-ASCII without blanks."),
    ]
    password: Annotated[SecretSource, WriteOnly(), Shown(place_text), Field(description="Where the password is.")]
    rotation: Annotated[
        int | None,
        WriteOnly(),
        Field(ge=1, description="Raise it when there is a new password in the same place, so that it is sent."),
    ] = None

    retire_means = "deleted; with the last one, addresses alone decide who may call out"
    api = Api(
        service=SERVICE,
        stands_on=("termination",),
        listing=(
            Listing(
                "ListVoiceConnectorTerminationCredentials",
                items="Usernames",
                sends=CONNECTOR,
                expand=lambda name: ({"Username": name},),
                absent_is_empty=True,
            ),
        ),
        id="Username",
        id_field="username",
        create=_put("", "username", "password", "rotation"),
        updates=(_put("new password", "password", "rotation"),),
        retire=(
            Call(
                "DeleteVoiceConnectorTerminationCredentials",
                sends=CONNECTOR,
                batch=Batch("Usernames", item=ID, size=MOST_CREDENTIALS, failures=lambda answer: {}),
            ),
        ),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence(
                "credentials-refused", "caution", "a phone system that signs in with it is refused", _ABOUT
            )
        elif transition.action == "update":
            yield Consequence(
                "password-changed",
                "caution",
                "a phone system that still has the old password is refused",
                _ABOUT,
            )
