"""Filling the world fast, for demos and benchmarks.

`{"accounts": 2, "users": 100000, "bots": 5, "rooms": 40, "phone_numbers": 300}` adds that many of each. What is seeded
comes into being by the service's own rules, as if people had done it: seeded accounts are Enterprise accounts with a
claimed domain, users are registered members spread evenly over all accounts, bots and rooms over the Enterprise ones,
numbers are ordered (Business Calling) and at hand. Without any account there will be one.

Of the voice service: `voice_connectors`, `voice_connector_groups`, `sip_media_applications`, `voice_profile_domains`,
`voice_phone_numbers` (product type VoiceConnector), all in us-east-1 and without quotas, as if AWS had raised them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from itertools import count, cycle, islice
from typing import Any

from chimeform.sandbox.chime import accounts, bots, console, numbering, orders, rooms, users, world
from chimeform.sandbox.context import Context
from chimeform.sandbox.control_input import bad_control
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice import applications, connectors, groups, profiles
from chimeform.sandbox.voice.world import APPLICATION, CONNECTOR, DOMAIN, GROUP, Family, table

_AREA_CODE = "206"
_VOICE_AREA_CODE = "303"
_ORDER_SIZE = 1_000
_INVITATION_SIZE = 50


def seed_world(ctx: Context, asked: Any) -> dict[str, int]:
    """Add what `asked` names; what was added. BadRequestException before anything is added, if it cannot be done."""
    wanted = _read_counts(asked)
    _check_bots(ctx, wanted)
    # A hundred thousand new records are all meant to stay: looking for garbage among them again and again costs most.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for kind, number in wanted.items():
            _ADD[kind](ctx, number)
    finally:
        if was_enabled:
            gc.enable()
    return wanted


def _read_counts(asked: Any) -> dict[str, int]:
    if not isinstance(asked, dict):
        raise bad_control(f"the body is an object with a number for any of {', '.join(_ADD)}")
    for kind, number in asked.items():
        if kind not in _ADD:
            raise bad_control(f"{kind!r} cannot be seeded; what can is {', '.join(_ADD)}")
        if type(number) is not int or not 0 <= number <= 1_000_000:
            raise bad_control(f"{kind} is a whole number from 0 to 1,000,000")
    return {kind: asked[kind] for kind in _ADD if asked.get(kind)}


def _check_bots(ctx: Context, wanted: dict[str, int]) -> None:
    there = _enterprise_ids(ctx)
    free = sum(bots.BOTS_PER_ACCOUNT - len(world.bots(ctx).by("account", account_id)) for account_id in there)
    free += bots.BOTS_PER_ACCOUNT * (wanted.get("accounts", 0) or (0 if there else 1))
    if wanted.get("bots", 0) > free:
        raise bad_control(f"an account has at most {bots.BOTS_PER_ACCOUNT} bots: there is room for {free} more")


def _add_accounts(ctx: Context, number: int) -> None:
    names = (f"acme-{serial}.example" for serial in count(1))
    free = (name for name in names if name not in world.domains(ctx))
    for domain in islice(free, number):
        made = accounts.create_account(ctx, {"Name": domain.removesuffix(".example").title()})
        console.claim_domain(ctx, made["Account"]["AccountId"], domain)


def _add_users(ctx: Context, number: int) -> None:
    there = [record["Account"] for record in world.accounts(ctx).values()]
    if not there:
        _add_accounts(ctx, 1)
        there = [record["Account"] for record in world.accounts(ctx).values()]
    serials = count(len(world.users(ctx)) + 1)
    for at, account in enumerate(there):
        share = number // len(there) + (at < number % len(there))
        account_id = account["AccountId"]
        claimed = [claim["Domain"] for claim in world.domains(ctx).by("account", account_id) if claim["Verified"]]
        # Nobody can claim a domain that ends so: an address of it can join any account.
        domain = claimed[0] if claimed else "people.invalid"
        addresses = [f"user{serial:06}@{domain}" for serial in islice(serials, share)]
        if claimed:
            for address in addresses:
                console.register(ctx, address)
        else:
            _invite(ctx, account_id, addresses)


def _invite(ctx: Context, account_id: str, addresses: list[str]) -> None:
    for start in range(0, len(addresses), _INVITATION_SIZE):
        some = addresses[start : start + _INVITATION_SIZE]
        users.invite_users(ctx, {"AccountId": account_id, "UserEmailList": some})
        for address in some:
            console.accept(ctx, address)


def _add_bots(ctx: Context, number: int) -> None:
    places = [
        account_id
        for account_id in _enterprise_ids(ctx) or _first_account(ctx)
        for _ in range(bots.BOTS_PER_ACCOUNT - len(world.bots(ctx).by("account", account_id)))
    ]
    for serial, account_id in enumerate(islice(places, number), len(world.bots(ctx)) + 1):
        bots.create_bot(ctx, {"AccountId": account_id, "DisplayName": f"bot-{serial}"})


def _add_rooms(ctx: Context, number: int) -> None:
    places = cycle(_enterprise_ids(ctx) or _first_account(ctx))
    for serial in range(len(world.rooms(ctx)) + 1, len(world.rooms(ctx)) + number + 1):
        rooms.create_room(ctx, {"AccountId": next(places), "Name": f"Room {serial}"})


def _add_phone_numbers(ctx: Context, number: int) -> None:
    _order(ctx, number, _AREA_CODE, numbering.BUSINESS_CALLING)


def _add_voice_phone_numbers(ctx: Context, number: int) -> None:
    _order(ctx, number, _VOICE_AREA_CODE, numbering.VOICE_CONNECTOR)


def _order(ctx: Context, number: int, area_code: str, product: str) -> None:
    (series,) = numbering.search_us(area_code, None, None, None)
    taken = world.numbers(ctx)
    free = (candidate for candidate in series.numbers() if candidate not in taken)
    wanted = list(islice(free, number))
    for start in range(0, len(wanted), _ORDER_SIZE):
        order = {"ProductType": product, "E164PhoneNumbers": wanted[start : start + _ORDER_SIZE]}
        made = orders.create_phone_number_order(ctx, order)
        order_id = made["PhoneNumberOrder"]["PhoneNumberOrderId"]
        if orders.find_order(ctx, order_id)["PhoneNumberOrder"]["Status"] == "Processing":
            orders.set_order_status(ctx, order_id, "Successful")


def _add_voice(family: Family, make: Callable[[Context, str], Any]) -> Callable[[Context, int], None]:
    """Objects whose names count on from those that are there."""

    def add(ctx: Context, number: int) -> None:
        there = len(table(ctx, family))
        prefix = family.table.replace("_", "-").removesuffix("s")
        raised = replace(
            ctx.settings,
            voice_connector_quota=None,
            voice_connector_group_quota=None,
            sip_media_application_quota=None,
            voice_profile_domain_quota=None,
        )
        unbound = replace(ctx, settings=raised)
        for serial in range(there + 1, there + number + 1):
            make(unbound, f"{prefix}-{serial:06}")

    return add


def _create_connector(ctx: Context, name: str) -> Any:
    return connectors.create_voice_connector(ctx, {"Name": name, "RequireEncryption": True})


def _create_group(ctx: Context, name: str) -> Any:
    return groups.create_voice_connector_group(ctx, {"Name": name})


def _create_application(ctx: Context, name: str) -> Any:
    function = f"arn:aws:lambda:us-east-1:{ctx.account_id}:function:{name}"
    asked = {"AwsRegion": "us-east-1", "Name": name, "Endpoints": [{"LambdaArn": function}]}
    return applications.create_sip_media_application(ctx, asked)


def _create_profile_domain(ctx: Context, name: str) -> Any:
    key = f"arn:aws:kms:us-east-1:{ctx.account_id}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    asked = {"Name": name, "ServerSideEncryptionConfiguration": {"KmsKeyArn": key}}
    return profiles.create_voice_profile_domain(ctx, asked)


def _enterprise_ids(ctx: Context) -> list[str]:
    records: tuple[Record, ...] = world.accounts(ctx).values()
    return [record["Account"]["AccountId"] for record in records if world.account_type(record) != world.TEAM]


def _first_account(ctx: Context) -> list[str]:
    _add_accounts(ctx, 1)
    return _enterprise_ids(ctx)


# In this order: later ones go into earlier ones.
_ADD: dict[str, Callable[[Context, int], None]] = {
    "accounts": _add_accounts,
    "users": _add_users,
    "bots": _add_bots,
    "rooms": _add_rooms,
    "phone_numbers": _add_phone_numbers,
    "voice_connectors": _add_voice(CONNECTOR, _create_connector),
    "voice_connector_groups": _add_voice(GROUP, _create_group),
    "sip_media_applications": _add_voice(APPLICATION, _create_application),
    "voice_profile_domains": _add_voice(DOMAIN, _create_profile_domain),
    "voice_phone_numbers": _add_voice_phone_numbers,
}
