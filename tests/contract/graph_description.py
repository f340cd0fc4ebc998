"""Microsoft's OpenAPI description of Graph as strict JSON Schema: what it does not name, an answer must not have."""

import json
import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

Schema = dict[str, Any]

_PREFIX: Final = "#/components/schemas/"
_ANNOTATIONS: Final = {
    r"^@odata\.(context|type|count|nextLink|deltaLink|etag)$": {},
    "^(members|owners)@delta$": {"type": "array"},
    "^@removed$": {"type": "object"},
}
"""What OData adds to any object."""
_BESIDES: Final = {
    "microsoft.graph.conditionalAccessPolicy": ("templateId",),
    "microsoft.graph.conditionalAccessPolicyDetail": ("templateId",),
}
"""Seen in answers of the real service although a description lacks them."""
_OBJECTS: Final = {
    "/deviceManagement/settings": "microsoft.graph.deviceManagementSettings",
    "/admin/forms/settings": "microsoft.graph.formsSettings",
}
"""Properties that are objects and can be read by themselves: the descriptions have their type and not their path."""
_NOTHING: Final = {"type": "object", "nullable": True}
"""How a description says beside a reference that it may be null."""
_LOOSE: Final = {"microsoft.graph.ODataErrors.InnerError": ("date",)}
"""Described as a moment with a zone; the real service leaves the zone out."""


class Description:
    """One version's description."""

    def __init__(self, folder: Path, version: str) -> None:
        self._document = json.loads((folder / f"graph-{version}.json").read_bytes())
        self._schemas: dict[str, Schema] = self._document["components"]["schemas"]
        self._patterns = [(_pattern(path), item) for path, item in self._document["paths"].items()]

    def problem(self, method: str, path: str, status: int, body: Any) -> str | None:
        """Why an answer is none that the description allows; None if it is one."""
        schema = self._answer(method, path, status)
        if schema is None:
            return f"{method} {path} is not described"
        error = next(iter(_validator(self, json.dumps(schema)).iter_errors(body)), None)
        return None if error is None else f"{method} {path} {status}: {error.message[:300]} at {error.instance_path}"

    def _answer(self, method: str, path: str, status: int) -> Schema | None:
        item = next((item for pattern, item in self._patterns if pattern.fullmatch(path)), None)
        responses = (item or {}).get(method.lower(), {}).get("responses", {})
        if status >= 400:
            return {"$ref": f"{_PREFIX}microsoft.graph.ODataErrors.ODataError"}
        found = responses.get("2XX") or responses.get(str(status))
        if found is None:
            return {"$ref": f"{_PREFIX}{_OBJECTS[path]}"} if path in _OBJECTS else None
        schema: Schema = next(iter(found.get("content", {"none": {"schema": {}}}).values()))["schema"]
        return schema

    @cached_property
    def definitions(self) -> dict[str, Schema]:
        """Every type twice: as itself, and by its name with whatever derives from it."""
        made: dict[str, Schema] = {}
        for name in self._schemas:
            made[f"strict:{name}"] = self._strict(name)
            made[name] = self._polymorphic(name)
        return made

    def _polymorphic(self, name: str) -> Schema:
        kinds = {
            kind: {"$ref": f"#/$defs/strict:{ref.removeprefix(_PREFIX)}"}
            for part in (self._schemas[name], *self._schemas[name].get("allOf", ()))
            for kind, ref in part.get("discriminator", {}).get("mapping", {}).items()
        }
        own = {"$ref": f"#/$defs/strict:{name}"}
        if not kinds:
            return own
        says = {"type": "object", "required": ["@odata.type"], "properties": {"@odata.type": {"enum": list(kinds)}}}
        choices = [{"if": _says(kind), "then": schema} for kind, schema in kinds.items()]
        return {"if": says, "then": {"allOf": choices}, "else": own}

    def _strict(self, name: str) -> Schema:
        schema = self._schemas[name]
        if schema.get("x-ms-enum-flags", {}).get("isFlags"):
            return {"type": "string", "pattern": f"^({'|'.join(schema['enum'])})(,({'|'.join(schema['enum'])}))*$"}
        if "properties" not in schema and "allOf" not in schema:
            return self._converted(schema)
        properties = {key: self._converted(value) for key, value in self._properties(name).items()}
        strict: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if schema.get("required"):
            strict["required"] = schema["required"]
        return {**strict, "patternProperties": _ANNOTATIONS}

    def _properties(self, name: str) -> dict[str, Schema]:
        found: dict[str, Schema] = {extra: {} for extra in _BESIDES.get(name, ())}
        schema = self._schemas[name]
        for part in (schema, *schema.get("allOf", ())):
            if "$ref" in part:
                found |= self._properties(part["$ref"].removeprefix(_PREFIX))
            found |= part.get("properties", {})
        return found | {name: {"type": "string"} for name in _LOOSE.get(name, ())}

    def _converted(self, schema: Schema) -> Schema:
        """`nullable` becomes a type of its own, including where it is hidden in an object beside a reference."""
        if "$ref" in schema:
            return {"$ref": f"#/$defs/{schema['$ref'].removeprefix(_PREFIX)}"}
        kept: Schema = {key: schema[key] for key in ("type", "enum", "pattern", "format") if key in schema}
        if kept.get("format") not in ("date-time", "uuid", "date"):
            kept.pop("format", None)
        if "items" in schema:
            kept["items"] = self._converted(schema["items"])
        parts = schema.get("anyOf") or schema.get("oneOf") or []
        choices = [self._converted(part) for part in parts if part != _NOTHING]
        nullable = schema.get("nullable", False) or _NOTHING in parts
        if choices:
            kept = {**kept, **(choices[0] if len(choices) == 1 else {"anyOf": choices})}
        if "properties" in schema:
            kept["properties"] = {key: self._converted(value) for key, value in schema["properties"].items()}
        return {"anyOf": [kept, {"type": "null"}]} if nullable else kept


@cache
def _validator(description: Description, schema: str) -> Any:
    wanted = json.loads(schema)
    reference = json.loads(json.dumps(wanted).replace(_PREFIX, "#/$defs/"))
    return jsonschema_rs.validator_for({**reference, "$defs": description.definitions}, validate_formats=True)


def _says(kind: str) -> Schema:
    return {"properties": {"@odata.type": {"const": kind}}}


def _pattern(path: str) -> re.Pattern[str]:
    text = re.sub(r"\\\{[^/}]+\\\}", "[^/()]+", re.escape(path)).replace(r"\(\)", r"(?:\(\))?")
    return re.compile(text.replace("'\\{", "'").replace("\\}'", "'"), re.IGNORECASE)
