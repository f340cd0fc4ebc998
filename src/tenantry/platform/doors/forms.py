"""Forms for people: what was typed becomes what a service takes, or a sentence at the field that has a fault."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tenantry.kit.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)
Told = Callable[[Mapping[str, Any]], tuple[str, str]]
"""Of one fault of a document: the form's field, and the sentence at it."""


class Faults(dict[str, str]):
    """A sentence per field; a field without one has no fault."""

    def __missing__(self, _field: str) -> None:
        return None


class FormFaults(InvalidInput):
    """Some fields need another look: {why}."""

    code = "form_faults"

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__(why=", ".join(sorted(faults)))


def checked(model: type[Model], document: Mapping[str, Any], told: Told) -> Model:
    """Raises FormFaults with a sentence per field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise FormFaults(dict(told(item) for item in error.errors(include_input=False))) from None


def words_of(item: Mapping[str, Any]) -> str:
    """What pydantic says of a fault, as a sentence."""
    words = str(item["msg"]).removeprefix("Value error, ")
    return f"{words[:1].upper()}{words[1:]}."
