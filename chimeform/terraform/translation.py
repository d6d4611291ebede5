"""Terraform's eleven voice resources as blocks of the language.

Terraform splits a connector into resources of their own; here its parts stand below it. References become keys in
place of ids, and what is a default in both is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..address import Address
from ..errors import ChimeformError
from ..export.naming import distinct_keys, slug
from .state import Instance

_CONNECTOR, _GROUP = "aws_chime_voice_connector", "aws_chime_voice_connector_group"
_APPLICATION, _RULE = "aws_chimesdkvoice_sip_media_application", "aws_chimesdkvoice_sip_rule"
_DOMAIN, _SETTINGS = "aws_chimesdkvoice_voice_profile_domain", "aws_chimesdkvoice_global_settings"
_COLLECTIONS = {
    _CONNECTOR: "voice_connectors",
    _GROUP: "voice_connector_groups",
    _APPLICATION: "sip_media_applications",
    _RULE: "sip_rules",
    _DOMAIN: "voice_profile_domains",
}
_PREFIXES = ("aws_chime_", "aws_chimesdkvoice_")
Fields = dict[str, Any]


@dataclass(frozen=True)
class Block:
    """One block with its fields, and what people should know of it. `id` is the live object's, where it has one."""

    address: Address
    fields: Fields
    id: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Translation:
    """The blocks, sorted by address; and resources of Amazon Chime that have none, by Terraform's address → why."""

    blocks: tuple[Block, ...]
    left: Mapping[str, str]


@dataclass
class _Keys:
    """The keys of what has an id, by type and id."""

    by_id: Mapping[tuple[str, str], str]
    left: dict[str, str] = field(default_factory=dict)

    def address(self, instance: Instance) -> Address:
        return Address((_COLLECTIONS[instance.type], self.by_id[instance.type, _id(instance)]))

    def of(self, kind: str, physical_id: Any) -> str | None:
        return self.by_id.get((kind, str(physical_id)))


def translate(instances: Sequence[Instance]) -> Translation:
    """Every voice resource of a state."""
    keys = _Keys(_keys(instances))
    blocks = [block for one in instances if one.type in _MAKERS for block in _blocks(one, keys)]
    unknown = {
        one.address: "there is nothing like it here"
        for one in instances
        if one.type.startswith(_PREFIXES) and one.type not in _MAKERS
    }
    return Translation(tuple(sorted(blocks, key=lambda one: one.address)), {**unknown, **keys.left})


def _blocks(one: Instance, keys: _Keys) -> list[Block]:
    try:
        return list(_MAKERS[one.type](one, keys))
    except (AttributeError, KeyError, TypeError) as error:
        # their text may hold a value of the state
        raise ChimeformError(
            f"{one.address}: the state does not have it as the AWS provider writes it",
            why=f"something in its attributes has another form ({type(error).__name__})",
            do="let the provider write it anew: terraform refresh, then terraform state pull",
            code="CF-TFS-001",
        ) from error


def _keys(instances: Sequence[Instance]) -> dict[tuple[str, str], str]:
    """A key for each object that has an id of its own: Terraform's name, made distinct where modules repeat it."""
    found: dict[tuple[str, str], str] = {}
    for kind in _COLLECTIONS:
        of_kind = [one for one in instances if one.type == kind]
        wishes = [slug(one.label) or slug(str(one.attributes.get("name"))) or "unnamed" for one in of_kind]
        for one, key in zip(of_kind, distinct_keys(wishes, [one.address for one in of_kind]), strict=True):
            found[kind, _id(one)] = key
    return found


def _id(instance: Instance) -> str:
    return str(instance.attributes.get("id"))


# ---------------------------------------------------------------- each type


def _connector(one: Instance, keys: _Keys) -> Iterator[Block]:
    has = one.attributes
    fields = _plain(
        name=has.get("name"),
        region=has.get("aws_region"),
        require_encryption=has.get("require_encryption"),
        tags=_tags(has),
    )
    yield Block(keys.address(one), fields, _id(one))


def _owner(one: Instance, keys: _Keys) -> Address | None:
    """The connector that a resource is a part of."""
    owner = one.attributes.get("voice_connector_id")
    key = keys.of(_CONNECTOR, owner)
    if key is None:
        keys.left[one.address] = f"it belongs to the Voice Connector {owner}, which this state does not manage"
        return None
    return Address((_COLLECTIONS[_CONNECTOR], key))


def _part(name: str, make: Callable[[Mapping[str, Any]], Fields]) -> Callable[[Instance, _Keys], Iterator[Block]]:
    """A resource that is a part of a connector."""

    def translate_part(one: Instance, keys: _Keys) -> Iterator[Block]:
        if connector := _owner(one, keys):
            yield Block(connector.child(name), make(one.attributes))

    return translate_part


def _termination(has: Mapping[str, Any]) -> Fields:
    return _plain(
        calling_regions=sorted(has.get("calling_regions") or ()),
        cidrs=sorted(has.get("cidr_allow_list") or ()),
        calls_per_second=has.get("cps_limit"),
        default_number=has.get("default_phone_number"),
        disabled=has.get("disabled") or None,
    )


def _origination(has: Mapping[str, Any]) -> Fields:
    routes = [
        {**_plain(host=route.get("host"), port=route.get("port")), "protocol": str(route.get("protocol")).lower()}
        | _plain(priority=route.get("priority"), weight=route.get("weight"))
        for route in has.get("route") or ()
    ]
    order = sorted(routes, key=lambda route: (route.get("priority", 0), str(route.get("host"))))
    return _plain(routes=order, disabled=has.get("disabled") or None)


def _logging(has: Mapping[str, Any]) -> Fields:
    return _plain(sip=has.get("enable_sip_logs"), media_metrics=has.get("enable_media_metric_logs"))


def _streaming(has: Mapping[str, Any]) -> Fields:
    insights = next(iter(has.get("media_insights_configuration") or ()), None)
    return _plain(
        data_retention_hours=has.get("data_retention"),
        disabled=has.get("disabled") or None,
        notify=sorted(target.lower() for target in has.get("streaming_notification_targets") or ()) or None,
        media_insights=_plain(
            configuration=insights.get("configuration_arn"), disabled=insights.get("disabled") or None
        )
        if insights
        else None,
    )


def _credentials(one: Instance, keys: _Keys) -> Iterator[Block]:
    """Names only: passwords stay where they are, and the place that is written is for somebody to fill."""
    connector = _owner(one, keys)
    for credential in one.attributes.get("credentials") or () if connector else ():
        assert connector is not None
        name = str(credential.get("username"))
        place = {"secretsmanager": f"chime/{connector.name}/{name}"}
        note = "the password does not travel: put it into this place"
        yield Block(connector.child("termination", "credentials", name), {"password": place}, notes=(note,))


def _group(one: Instance, keys: _Keys) -> Iterator[Block]:
    members, missing = [], []
    for item in one.attributes.get("connector") or ():
        key = keys.of(_CONNECTOR, item.get("voice_connector_id"))
        if key is None:
            missing.append(str(item.get("voice_connector_id")))
        else:
            members.append({"connector": key, "priority": item.get("priority")})
    if missing:
        keys.left[one.address] = f"its Voice Connector {missing[0]} is not managed by this state"
        return
    order = sorted(members, key=lambda item: item["priority"])
    yield Block(keys.address(one), _plain(name=one.attributes.get("name"), connectors=order), _id(one))


def _application(one: Instance, keys: _Keys) -> Iterator[Block]:
    has = one.attributes
    endpoint = _first(has.get("endpoints"))
    fields = _plain(name=has.get("name"), region=has.get("aws_region"), tags=_tags(has))
    yield Block(keys.address(one), {**fields, "function": endpoint.get("lambda_arn")}, _id(one))


def _rule(one: Instance, keys: _Keys) -> Iterator[Block]:
    has = one.attributes
    targets = []
    for target in has.get("target_applications") or ():
        key = keys.of(_APPLICATION, target.get("sip_media_application_id"))
        if key is None:
            missing = target.get("sip_media_application_id")
            keys.left[one.address] = f"its SIP media application {missing} is not managed by this state"
            return
        targets.append({"application": key, "priority": target.get("priority")})
    trigger = _trigger(has, keys)
    if trigger is None:
        keys.left[one.address] = (
            f"its trigger {has.get('trigger_value')} is of no Voice Connector that this state manages"
        )
        return
    if number := trigger.get("number"):
        yield Block(Address(("phone_numbers", number)), {"product": "sip-media-application"})
    fields = _plain(
        name=has.get("name"),
        trigger=trigger,
        targets=sorted(targets, key=lambda target: target["priority"]),
        disabled=has.get("disabled") or None,
    )
    yield Block(keys.address(one), fields, _id(one))


def _trigger(has: Mapping[str, Any], keys: _Keys) -> Fields | None:
    value = str(has.get("trigger_value"))
    if has.get("trigger_type") == "ToPhoneNumber":
        return {"number": value}
    # a connector's host name begins with its id
    key = keys.of(_CONNECTOR, value.partition(".")[0])
    return {"connector": key} if key else None


def _domain(one: Instance, keys: _Keys) -> Iterator[Block]:
    has = one.attributes
    encryption = _first(has.get("server_side_encryption_configuration"))
    region = str(has.get("arn") or "").split(":")
    fields = _plain(
        name=has.get("name"),
        region=region[3] if len(region) > 3 else None,
        description=has.get("description") or None,
        kms_key=encryption.get("kms_key_arn"),
        tags=_tags(has),
    )
    yield Block(keys.address(one), fields, _id(one))


def _settings(one: Instance, _: _Keys) -> Iterator[Block]:
    bucket = _first(one.attributes.get("voice_connector")).get("cdr_bucket")
    if bucket:
        yield Block(Address(("settings", "voice_call_detail_records")), {"bucket": bucket})


_MAKERS: Mapping[str, Callable[[Instance, _Keys], Iterable[Block]]] = {
    _CONNECTOR: _connector,
    f"{_CONNECTOR}_termination": _part("termination", _termination),
    f"{_CONNECTOR}_termination_credentials": _credentials,
    f"{_CONNECTOR}_origination": _part("origination", _origination),
    f"{_CONNECTOR}_logging": _part("logging", _logging),
    f"{_CONNECTOR}_streaming": _part("streaming", _streaming),
    _GROUP: _group,
    _APPLICATION: _application,
    _RULE: _rule,
    _DOMAIN: _domain,
    _SETTINGS: _settings,
}


def _first(blocks: Sequence[Mapping[str, Any]] | None) -> Mapping[str, Any]:
    """The only one of a block that Terraform keeps as a list."""
    return blocks[0] if blocks else {}


def _plain(**fields: Any) -> Fields:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, {}, "")}


def _tags(has: Mapping[str, Any]) -> Fields | None:
    """With those that the provider adds to everything (`default_tags`)."""
    return has.get("tags_all") or has.get("tags") or None
