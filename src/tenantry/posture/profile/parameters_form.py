"""The parameters as a form: one field each, read from their model, so that a new one needs no line here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from tenantry.kit.errors import InvalidInput
from tenantry.posture.parameters import Parameters


@dataclass(frozen=True, slots=True)
class ParameterField:
    """`kind` is flag, number or lines; `value` is as the form shows it, `default` as people read it."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    default: str

    @property
    def is_default(self) -> bool:
        return self.value == self.default


def parameter_fields(parameters: Parameters, typed: Mapping[str, str] | None = None) -> list[ParameterField]:
    """Every parameter with what holds, or with what was typed."""
    return [_field(name, info, parameters, typed) for name, info in Parameters.model_fields.items()]


def given_parameters(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, under the parameters' names. Raises InvalidInput for a number that is none."""
    return {name: _given(name, info, form.get(name, "")) for name, info in Parameters.model_fields.items()}


def _field(name: str, info: FieldInfo, held: Parameters, typed: Mapping[str, str] | None) -> ParameterField:
    value = _shown(getattr(held, name)) if typed is None else typed.get(name, "")
    label = name.replace("_", " ").capitalize().replace("Mfa", "MFA")
    return ParameterField(name, label, info.description or "", _kind(info), value, _shown(info.get_default()))


def _kind(info: FieldInfo) -> str:
    return "flag" if info.annotation is bool else "number" if info.annotation is int else "lines"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value) if isinstance(value, int) else "\n".join(value)


def _given(name: str, info: FieldInfo, text: str) -> Any:
    kind = _kind(info)
    if kind == "flag":
        return text == "on"
    if kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        return int(text)
    except ValueError as error:
        raise InvalidInput(why=f"parameter {name} is a whole number") from error
