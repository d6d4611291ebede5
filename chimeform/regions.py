"""Regions: where the voice service is, and how a call says which Region's address it goes to."""

from __future__ import annotations

REGIONS = (
    *("us-east-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"),
)
"""Where connectors, SIP media applications and voice profile domains can be [botocore VoiceConnectorAwsRegion]."""


def in_region(service: str, region: str | None) -> str:
    """The service as it is reached in one Region: `chime-sdk-voice@eu-central-1`. Without one, where it always is."""
    return f"{service}@{region}" if region else service


def service_and_region(name: str) -> tuple[str, str | None]:
    """What `in_region` put together."""
    service, _, region = name.partition("@")
    return service, region or None
