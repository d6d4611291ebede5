"""Services behind Amazon Chime that act in an AWS account through roles of their own [domain page, section 23.2]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class LinkedService(NamedTuple):
    """Whom IAM lets take the role, and what the role is called."""

    principal: str
    role: str

    @property
    def resource(self) -> str:
        """The part of the role's ARN behind the AWS account."""
        return f"role/aws-service-role/{self.principal}/{self.role}"


_ROLE = "AWSServiceRoleForAmazonChime"
LINKED_SERVICES: Mapping[str, LinkedService] = {
    "voice_connector": LinkedService("voiceconnector.chime.amazonaws.com", f"{_ROLE}VoiceConnector"),
    "transcription": LinkedService("transcription.chime.amazonaws.com", f"{_ROLE}Transcription"),
    "media_pipelines": LinkedService("mediapipelines.chime.amazonaws.com", f"{_ROLE}SDKMediaPipelines"),
    "chime": LinkedService("chime.amazonaws.com", _ROLE),
}
"""By what the files call them."""
