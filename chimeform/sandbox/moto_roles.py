"""Service-linked roles of Amazon Chime as IAM has them and moto has not: their names, and that there is one of each."""

from __future__ import annotations

import json
from typing import Any

ROLES = {
    "chime.amazonaws.com": "AWSServiceRoleForAmazonChime",
    "mediapipelines.chime.amazonaws.com": "AWSServiceRoleForAmazonChimeSDKMediaPipelines",
    "transcription.chime.amazonaws.com": "AWSServiceRoleForAmazonChimeTranscription",
    "voiceconnector.chime.amazonaws.com": "AWSServiceRoleForAmazonChimeVoiceConnector",
}
"""[guide: Using service-linked roles]"""


def teach_roles() -> None:
    """Once moto is loaded; it derives the names of roles by a rule that Amazon Chime does not follow."""
    from moto.iam.exceptions import InvalidInput
    from moto.iam.models import IAMBackend

    derived = IAMBackend.create_service_linked_role

    def create(self: Any, service_name: str, description: str, suffix: str) -> Any:
        name = ROLES.get(service_name)
        if name is None or suffix:
            return derived(self, service_name, description, suffix)
        if any(role.name == name for role in self.roles.values()):
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        trust = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service_name]}}
        return self.create_role(
            name,
            json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            f"/aws-service-role/{service_name}/",
            permissions_boundary=None,
            description=description,
            tags=[],
            max_session_duration="3600",
            linked_service=service_name,
        )

    IAMBackend.create_service_linked_role = create  # type: ignore[method-assign]
