"""What is typed about a finding becomes what the service takes, or a sentence at the field that has the fault."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from tenantry.kit.errors import AppError, InvalidInput
from tenantry.posture.decisions.models import Kind
from tenantry.posture.decisions.schemas import AttestationIn, DispositionIn

Model = TypeVar("Model", bound=BaseModel)
KINDS: Final = (
    (Kind.EXCEPTED.value, "Exception: it fails, and that is accepted"),
    (Kind.REMEDIATION_PLANNED.value, "Remediation planned: it stays open until it is mended"),
    (Kind.FALSE_POSITIVE.value, "False positive: the verdict is wrong"),
)
_FRIENDLIER: Final = {
    "reason": "Say why, in 3 to 2,000 characters.",
    "approver": "Name who approved it: an exception and a false positive need somebody.",
    "expires_at": "Choose a day in the future, at most three years from now.",
    "valid_until": "Choose a day in the future, at most three years from now.",
    "owner": "Name who is responsible for it.",
    "evidence": "Say what was looked at, in 3 to 2,000 characters, or paste a link to it.",
    "kind": "Choose what is decided.",
    "holds": "Choose whether it holds.",
    "object_id": "Choose the whole control or one of its affected objects.",
}


class Faults(dict[str, str]):
    """A sentence per field; a field without one has no fault. `form` is what belongs to none."""

    def __missing__(self, _field: str) -> None:
        return None


def decision_in(control: str, values: Mapping[str, str], object_name: str | None) -> DispositionIn | Faults:
    document: dict[str, Any] = {name: values.get(name, "").strip() or None for name in ("reason", "approver", "kind")}
    document |= {"control": control, "object_id": values.get("object_id") or None, "object_name": object_name}
    document["expires_at"] = end_of(values.get("expires_at", ""))
    return _checked(DispositionIn, document)


def attestation_in(control: str, values: Mapping[str, str]) -> AttestationIn | Faults:
    document: dict[str, Any] = {name: values.get(name, "").strip() or None for name in ("owner", "evidence", "holds")}
    document |= {"control": control, "valid_until": end_of(values.get("valid_until", ""))}
    return _checked(AttestationIn, document)


def end_of(day: str) -> datetime | None:
    """The last second of a day, as UTC has it; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)
    except ValueError:
        return None


def fault_of(error: AppError) -> Faults:
    """What the service refuses, at the field it is about."""
    why = str(error.facts.get("why", ""))
    if isinstance(error, InvalidInput):
        for field, word in (("approver", "approve"), ("expires_at", "expires_at"), ("valid_until", "valid_until")):
            if word in why:
                return Faults({field: _FRIENDLIER[field]})
    return Faults({"form": error.detail})


def _checked(model: type[Model], document: Mapping[str, Any]) -> Model | Faults:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        places = [str(item["loc"][0]) for item in error.errors(include_input=False)]
        return Faults({place: _FRIENDLIER.get(place, "This is not acceptable.") for place in places})
