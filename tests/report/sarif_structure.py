"""What SARIF 2.1.0 says about the parts that chimeform writes, in our own words [OASIS SARIF v2.1.0, section 3]."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def listed(items: Any, **rest: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **rest}


MESSAGE = closed("text", text=TEXT, markdown=TEXT)
ARTIFACT = closed(
    "uri",
    # a reference of RFC 3986: nothing in it that would have to be escaped
    uri={"type": "string", "pattern": r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"},
    uriBaseId={"const": "%SRCROOT%"},
)
REGION = closed("startLine", startLine=COUNT, startColumn=COUNT, endColumn=COUNT)
PHYSICAL = closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION)
LOCATION = closed(
    "physicalLocation",
    physicalLocation=PHYSICAL,
    logicalLocations=listed(closed("fullyQualifiedName", fullyQualifiedName=TEXT, kind=TEXT), uniqueItems=True),
)
RELATED = closed("physicalLocation id", id=COUNT, message=MESSAGE, physicalLocation=PHYSICAL)
RULE = closed("id", id=TEXT, shortDescription=MESSAGE, help=MESSAGE)
RESULT = closed(
    "ruleId message locations",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=listed(LOCATION, minItems=1),
    relatedLocations=listed(RELATED, uniqueItems=True),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
RUN = closed(
    "tool results",
    tool=closed("driver", driver=closed("name", name=TEXT, version=TEXT, rules=listed(RULE, uniqueItems=True))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    automationDetails=closed("id", id=TEXT),
    invocations=listed(closed("executionSuccessful", executionSuccessful={"type": "boolean"}), uniqueItems=True),
    results=listed(RESULT),
)
LOG = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **closed("version runs", version={"const": "2.1.0"}, runs=listed(RUN), **{"$schema": TEXT}),
}
