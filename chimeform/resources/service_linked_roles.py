"""Which service-linked roles of Amazon Chime an AWS account has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ..address import Address
from ..live import Observed, Values
from .base import Api, Broken, Call, Consequence, Declared, Detail, Resource, Scope, Transition, Wire
from .linked_services import LINKED_SERVICES

SERVICE = "service-linked-roles"
_ABOUT = "guide: Using service-linked roles"


def _make(role: str) -> Call:
    return Call(
        "CreateServiceLinkedRole",
        label=role,
        sends={"Role": role},
        sets=(role,),
        when=lambda before, after: bool(after.get(role)) and not before.get(role),
    )


def _delete(role: str) -> Call:
    return Call(
        "DeleteServiceLinkedRole",
        label=role,
        sends={"Role": role},
        sets=(role,),
        when=lambda before, after: after.get(role) is False and bool(before.get(role)),
    )


class ServiceLinkedRoles(Resource, kind="service_linked_roles", path="settings.service_linked_roles"):
    """Roles through which services of Amazon Chime act in the AWS account: true makes one, false deletes it.

    One that is not written is left alone, and so are all when the block is removed: others in the AWS account may need
    them.
    """

    voice_connector: Annotated[
        bool | None,
        Wire("Roles.voice_connector"),
        Field(description="Streaming of Voice Connectors, its notifications, and speech. Streaming makes it too."),
    ] = None
    transcription: Annotated[
        bool | None, Wire("Roles.transcription"), Field(description="Live transcription; nothing else makes it.")
    ] = None
    media_pipelines: Annotated[
        bool | None, Wire("Roles.media_pipelines"), Field(description="Media pipelines; nothing else makes it.")
    ] = None
    chime: Annotated[bool | None, Wire("Roles.chime"), Field(description="Alexa for Business on shared devices.")] = (
        None
    )

    retire_means = "left as they are"
    api = Api(
        service=SERVICE,
        details=(Detail("ListRoles", sends={}, fields=tuple(LINKED_SERVICES)),),
        updates=(*map(_make, LINKED_SERVICES), *map(_delete, LINKED_SERVICES)),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        all_streaming = (one for one, block in declared.of_kind("streaming") if not block.values().get("disabled"))
        streaming = next(all_streaming, None)
        if streaming is not None and spec.values().get("voice_connector") is False:
            yield Broken(
                "CF-SLR-001",
                f"{address}.voice_connector: the role cannot go while {streaming.parts[1]} streams",
                why="streaming acts through it, and IAM deletes no role in use [guide: Using service-linked roles]",
                do="remove the line, or take 'streaming' out and apply that first",
                field="voice_connector",
                other=streaming,
            )

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        """What is there: a role that is not is written nowhere, because false would delete it as soon as it is made."""
        return {role: True for role, is_there in observed.values.items() if is_there}

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        for role, linked in LINKED_SERVICES.items():
            if transition.before.get(role) and transition.after.get(role) is False:
                yield Consequence(
                    "role-deletion",
                    "caution",
                    f"{linked.principal} can do nothing in this AWS account any more, for whomever it did it",
                    _ABOUT,
                )
