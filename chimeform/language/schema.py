"""The JSON Schema of a workspace's files, assembled from the kinds, for editors that complete and explain keys.

Draft 7, because that is what the YAML language server reads. A schema sees one file at a time and no rendered values,
so it allows what only `load` can judge: a block that other files complete, and a template wherever a scalar stands.
"""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel

from ..resources.base import Resource
from .blocks import Workspace
from .defaults import Condition, setting_kinds
from .merge import Place, own_fields, structure

Schema = dict[str, Any]

_TEMPLATE = {"$ref": "#/definitions/template"}
_TEMPLATE_PATTERN = r"\{\{|\{%"
_CELL: Schema = {"type": ["string", "integer", "boolean"]}
"""What is compared with the cell of a table."""
_PLAIN_BLOCKS = {"chimeform", "workspace", "include", "environments"}
"""Top-level names below which templates are not rendered, or are nobody's business."""


def workspace_schema() -> Schema:
    """The schema of chimeform.yaml and of every file that it includes."""
    return _Assembly().run()


class _Assembly:
    def __init__(self) -> None:
        self.definitions: Schema = {
            "template": {
                "type": "string",
                "pattern": _TEMPLATE_PATTERN,
                **_described("A template such as {{ domain }}, rendered when the workspace is loaded."),
            }
        }

    def run(self) -> Schema:
        blocks = self._model(Workspace, as_template=lambda name: name not in _PLAIN_BLOCKS)
        resources = {name: self._place(place) for name, place in structure().named.items()}
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "chimeform workspace",
            **_described("What an organisation's Amazon Chime should look like."),
            "type": "object",
            "properties": {**blocks["properties"], **resources},
            "additionalProperties": False,
            "definitions": self.definitions,
        }

    # ---- places of the language

    def _place(self, place: Place) -> Schema:
        if place.each is not None:
            return self._collection(place, place.each)
        if place.kind is not None:
            return {"$ref": f"#/definitions/{self._kind(place.kind, place)}"}
        return {
            "type": ["object", "null"],
            **_described(f"What stands under `{place.text}`."),
            "properties": {name: self._place(inner) for name, inner in place.named.items()},
            "additionalProperties": False,
        }

    def _collection(self, place: Place, each: Place) -> Schema:
        kind = each.kind
        assert kind is not None
        item = self._kind(kind, each)
        key = kind.key_field()
        keys: list[Schema] = [{"enum": ["from", "defaults"]}, _TEMPLATE]
        if key:
            keys.append(_bare(_fields(kind)["properties"][key]))
        schema: Schema = {
            "type": ["object", "null"],
            **_described(_first_paragraph(kind)),
            "properties": {
                "from": {
                    **_described("A CSV file with a header, or several, named from the workspace's folder."),
                    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                },
                "defaults": {
                    "anyOf": [
                        {"$ref": f"#/definitions/{self._defaults(kind, each)}"},
                        {"type": "array", "items": {"$ref": f"#/definitions/{self._defaults(kind, each)}"}},
                    ],
                    **_described(
                        "What holds for every item that does not say otherwise; of several blocks, the first that fits."
                    ),
                },
            },
            "additionalProperties": {"$ref": f"#/definitions/{item}"},
        }
        if key:
            schema["propertyNames"] = {"anyOf": keys}
        if key and kind.keys_alone:
            names = {"type": "array", "items": self._scalar_or_template(_fields(kind)["properties"][key])}
            return {"anyOf": [schema, names], **_described(_first_paragraph(kind))}
        return schema

    def _kind(self, kind: type[Resource], place: Place) -> str:
        name = kind.kind
        if name not in self.definitions:
            self.definitions[name] = {}  # its place in the order
            block = self._model(kind)
            block["properties"] |= {inner.path[-1]: self._place(inner) for inner in place.named.values()}
            block["type"] = ["object", "null"]
            block |= {"title": name.replace("_", " "), **_described(inspect.getdoc(kind) or "")}
            # a block of a collection may be completed by 'defaults' or by another file, also one that is not open
            if kind.is_collection() or place.named:
                block.pop("required", None)
            else:
                block["type"] = "object" if "required" in block else block["type"]
            if kind.shorthand:
                bare = self._scalar_or_template(_fields(kind)["properties"][kind.shorthand])
                block = {"anyOf": [bare, block], **_described(inspect.getdoc(kind) or "")}
            self.definitions[name] = block
        return name

    def _defaults(self, kind: type[Resource], each: Place) -> str:
        name = f"{kind.kind}_defaults"
        if name not in self.definitions:
            block = self._model(kind)
            block["properties"] |= {inner: self._place(each.named[inner]) for inner in setting_kinds(each)}
            block["properties"] |= self._model(Condition)["properties"]
            block["properties"]["where"]["additionalProperties"] = {"anyOf": [_CELL, {"type": "array", "items": _CELL}]}
            block.pop("required", None)
            self.definitions[name] = {**block, "type": ["object", "null"]}
        return name

    # ---- models

    def _model(self, model: type[BaseModel], as_template: Any = lambda _: True) -> Schema:
        written = _fields(model)
        from_key = {name for name, is_key in own_fields(model).items() if is_key} if _is_kind(model) else set()
        for name, inner in written.get("$defs", {}).items():
            self._nested(name, inner)
        properties = {
            name: self._value(schema, is_rendered=as_template(name))
            for name, schema in written.get("properties", {}).items()
            if name not in from_key
        }
        result: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [name for name in written.get("required", []) if name not in from_key]
        return {**result, "required": required} if required else result

    def _nested(self, name: str, written: Schema) -> None:
        key = _definition_name(name)
        if key in self.definitions:
            return
        self.definitions[key] = {}
        properties = {one: self._value(schema) for one, schema in written.get("properties", {}).items()}
        block = {"type": "object", "properties": properties, "additionalProperties": False}
        if "required" in written:
            block["required"] = written["required"]
        self.definitions[key] = {**block, **_described(written.get("description", ""))}

    def _value(self, written: Schema, *, is_rendered: bool = True) -> Schema:
        """A value's schema in editors' terms: no generated titles, no null, and a template wherever a scalar stands."""
        about = _described(written.get("description", ""))
        extra = {name: written[name] for name in ("examples", "default") if written.get(name) not in (None, [], {})}
        core = _without_null({name: item for name, item in written.items() if name not in _ANNOTATIONS})
        if "$ref" in core:
            return {"allOf": [{"$ref": f"#/definitions/{_definition_name(core['$ref'].rpartition('/')[2])}"}], **about}
        if core.get("type") == "array":
            core["items"] = self._value(core.get("items", {}), is_rendered=is_rendered)
        elif core.get("type") == "object":
            for key, item in core.get("patternProperties", {}).items():
                core["patternProperties"] = {key: self._value(item, is_rendered=False)}
            core["additionalProperties"] = False
        elif is_rendered:
            core = self._scalar_or_template(core)
        if "anyOf" in core:
            core["anyOf"] = [_closed(one) for one in core["anyOf"]]
        return {**core, **about, **extra}

    def _scalar_or_template(self, written: Schema) -> Schema:
        core = _bare(written)
        if core == {"type": "string"}:
            return core
        members = core["anyOf"] if set(core) == {"anyOf"} else [core]
        return {"anyOf": [*members, _TEMPLATE]}


_ANNOTATIONS = {"title", "description", "default", "examples"}


def _fields(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(by_alias=True)


def _is_kind(model: type[BaseModel]) -> bool:
    return issubclass(model, Resource)


def _closed(written: Schema) -> Schema:
    """A block that is one of several ways to write a value has its own keys and no others."""
    if written.get("type") != "object" or "properties" not in written:
        return written
    properties = {name: _bare(one) for name, one in written["properties"].items()}
    return {**_bare(written), "properties": properties, "additionalProperties": False}


def _bare(written: Schema) -> Schema:
    """What a value must be, without what is said about it."""
    return _without_null({name: item for name, item in written.items() if name not in _ANNOTATIONS})


def _without_null(written: Schema) -> Schema:
    members = written.get("anyOf")
    if members is None:
        return written
    others = [_bare(member) for member in members if member.get("type") != "null"]
    rest = {name: item for name, item in written.items() if name != "anyOf"}
    return {**rest, **others[0]} if len(others) == 1 else {**rest, "anyOf": others}


def _described(text: str) -> Schema:
    # editors that know markdown show the second
    return {"description": text, "markdownDescription": text} if text else {}


def _definition_name(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _first_paragraph(kind: type[Resource]) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
