"""Forms for operations, made from what their arguments declare: a new operation needs no page of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

PREFIX = "argument."


@dataclass(frozen=True, slots=True)
class FormField:
    """One argument as a control: `kind` is text, number, checkbox, choice or lines."""

    name: str
    label: str
    kind: str
    value: Any
    hint: str
    is_required: bool
    choices: list[str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(choice, choice.replace("_", " ")) for choice in self.choices]


def fields_of(arguments: type[BaseModel], given: Mapping[str, Any]) -> list[FormField]:
    schema = arguments.model_json_schema()
    required = schema.get("required", [])
    return [
        _field(name, _resolved(declared, schema), given, is_required=name in required)
        for name, declared in schema.get("properties", {}).items()
    ]


def submitted(arguments: type[BaseModel], form: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in. An empty control is left out, so that the default or the message about it applies."""
    values: dict[str, Any] = {}
    for field in fields_of(arguments, {}):
        text, name = form.get(field.name, ""), field.name.removeprefix(PREFIX)
        if field.kind == "checkbox":
            values[name] = text == "on"
        elif field.kind == "lines" and text.strip():
            values[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif text.strip():
            values[name] = text
    return values


def _field(name: str, declared: Mapping[str, Any], given: Mapping[str, Any], *, is_required: bool) -> FormField:
    kinds = {"integer": "number", "number": "number", "boolean": "checkbox", "array": "lines"}
    kind = "choice" if "enum" in declared else kinds.get(str(declared.get("type")), "text")
    value = given.get(name, declared.get("default", ""))
    return FormField(
        name=PREFIX + name,
        label=str(declared.get("title") or name.replace("_", " ").capitalize()),
        kind=kind,
        value="\n".join(map(str, value)) if isinstance(value, list) else value,
        hint=_hint(declared),
        is_required=is_required,
        choices=[str(choice) for choice in declared.get("enum", [])],
    )


def _hint(declared: Mapping[str, Any]) -> str:
    """The description, and the bounds that the control would refuse."""
    parts = [str(declared.get("description", ""))]
    if "minimum" in declared and "maximum" in declared:
        parts.append(f"{declared['minimum']} to {declared['maximum']}.")
    elif "maxLength" in declared:
        parts.append(f"At most {declared['maxLength']} characters.")
    if declared.get("type") == "array":
        parts.append("One a line.")
    return " ".join(part for part in parts if part)


def _resolved(declared: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows a reference to a definition (enums), and takes the first choice that is not null (optional ones)."""
    choices = [item for item in declared.get("anyOf", []) if item.get("type") != "null"]
    inner = choices[0] if choices else declared
    reference = inner.get("$ref") or next((item.get("$ref") for item in inner.get("allOf", [])), None)
    found = schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else inner
    return {**found, **{key: value for key, value in declared.items() if key not in ("anyOf", "allOf", "$ref")}}
