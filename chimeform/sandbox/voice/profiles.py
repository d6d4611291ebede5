"""Voice profile domains and the voice profiles in them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime.world import bad_request, new_guid
from chimeform.sandbox.clock import format_timestamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.voice.world import (
    DOMAIN,
    PROFILE,
    SEARCH,
    add,
    arn,
    asked,
    check_quota,
    find,
    list_page,
    read_tags,
    replay,
    table,
    update,
)

LIFETIME = timedelta(days=3 * 365)
"""How long a voice print lasts; that profiles expire is documented, after how long is not."""
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+", re.ASCII)


def create_voice_profile_domain(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A domain in the Region that the request was signed for; the same token again gives the same domain."""
    if (made := replay(ctx, DOMAIN, params)) is not None:
        return {"VoiceProfileDomain": made["VoiceProfileDomain"]}
    key = params["ServerSideEncryptionConfiguration"]["KmsKeyArn"]
    if not _KEY.fullmatch(key):
        raise bad_request(f"KmsKeyArn: '{key}' is not the ARN of a KMS key")
    there = len(table(ctx, DOMAIN).by("region", ctx.region))
    check_quota(ctx.settings.voice_profile_domain_quota, there, f"voice profile domains in {ctx.region}")
    domain_id = new_guid(ctx)
    wire = {
        "VoiceProfileDomainId": domain_id,
        "VoiceProfileDomainArn": arn(ctx, ctx.region, "voice-profile-domain", domain_id),
        **{name: params.get(name) for name in ("Name", "Description", "ServerSideEncryptionConfiguration")},
    }
    beside = {"Region": ctx.region, "Tags": read_tags(params)}
    if "ClientRequestToken" in params:
        beside |= {"Token": params["ClientRequestToken"], "Asked": asked(params)}
    return {"VoiceProfileDomain": add(ctx, DOMAIN, wire, **beside)["VoiceProfileDomain"]}


def get_voice_profile_domain(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"VoiceProfileDomain": find(ctx, DOMAIN, params["VoiceProfileDomainId"])["VoiceProfileDomain"]}


def list_voice_profile_domains(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(ctx, DOMAIN, params, table(ctx, DOMAIN).by("region", ctx.region))
    return {"VoiceProfileDomains": found, "NextToken": token}


def update_voice_profile_domain(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, DOMAIN, params["VoiceProfileDomainId"])
    members = {name: params[name] for name in ("Name", "Description") if name in params}
    return {"VoiceProfileDomain": update(ctx, DOMAIN, record, **members)["VoiceProfileDomain"]}


def delete_voice_profile_domain(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take the domain away with all voice profiles in it [botocore DeleteVoiceProfileDomain]."""
    domain_id = params["VoiceProfileDomainId"]
    find(ctx, DOMAIN, domain_id)
    for profile in table(ctx, PROFILE).by("domain", domain_id):
        table(ctx, PROFILE).remove(PROFILE.identify(profile))
    table(ctx, DOMAIN).remove(domain_id)
    return {}


def create_voice_profile(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Enrol the speaker whom a search listened to. Which statuses of a search suffice is not documented."""
    search = find(ctx, SEARCH, params["SpeakerSearchTaskId"])
    domain_id = search["VoiceProfileDomainId"]
    find(ctx, DOMAIN, domain_id)
    there = len(table(ctx, PROFILE).by("domain", domain_id))
    check_quota(ctx.settings.voice_profile_quota, there, "voice profiles in the domain")
    profile_id = new_guid(ctx)
    wire = {
        "VoiceProfileId": profile_id,
        "VoiceProfileArn": arn(ctx, ctx.region, "voice-profile", profile_id),
        "VoiceProfileDomainId": domain_id,
        "ExpirationTimestamp": _expiration(ctx),
    }
    return {"VoiceProfile": add(ctx, PROFILE, wire, Region=ctx.region)["VoiceProfile"]}


def get_voice_profile(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"VoiceProfile": find(ctx, PROFILE, params["VoiceProfileId"])["VoiceProfile"]}


def list_voice_profiles(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, DOMAIN, params["VoiceProfileDomainId"])
    found, token = list_page(ctx, PROFILE, params, table(ctx, PROFILE).by("domain", params["VoiceProfileDomainId"]))
    return {"VoiceProfiles": found, "NextToken": token}


def update_voice_profile(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take the voice print of another search, and last longer for it [botocore UpdateVoiceProfile]."""
    record = find(ctx, PROFILE, params["VoiceProfileId"])
    find(ctx, SEARCH, params["SpeakerSearchTaskId"])
    return {"VoiceProfile": update(ctx, PROFILE, record, ExpirationTimestamp=_expiration(ctx))["VoiceProfile"]}


def delete_voice_profile(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, PROFILE, params["VoiceProfileId"])
    table(ctx, PROFILE).remove(params["VoiceProfileId"])
    return {}


def _expiration(ctx: Context) -> str:
    return format_timestamp(ctx.clock.now() + LIFETIME)
