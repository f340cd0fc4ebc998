"""A message, before anybody knows whether it becomes a mail, a card or JSON."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tenantry.kit.text import revealed

_LINE: Final = 500
_SUBJECT: Final = 200


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _line(value: object) -> str:
    """Names in Microsoft tenants are anybody's: whatever they hold, it stays one line of bounded length."""
    return shortened(revealed(str(value)), _LINE)


Line = Annotated[str, BeforeValidator(_line)]
Subject = Annotated[str, BeforeValidator(lambda value: shortened(_line(value), _SUBJECT))]


class Section(BaseModel):
    """A titled list. `more` says how many lines were left out."""

    model_config = ConfigDict(frozen=True)

    title: Line
    lines: Annotated[list[Line], Field(max_length=200)]
    more: int = 0

    def at_most(self, lines: int) -> "Section":
        left_out = max(0, len(self.lines) - lines)
        return Section(title=self.title, lines=self.lines[:lines], more=self.more + left_out)

    @property
    def remainder(self) -> str | None:
        return f"and {self.more} more" if self.more else None


class Message(BaseModel):
    """What is told. `path` leads to the page that shows it; `data` is for programs, plain JSON with ids and numbers."""

    model_config = ConfigDict(frozen=True)

    event: Annotated[str, Field(max_length=64)]
    subject: Subject
    lead: Line
    is_problem: bool = False
    facts: Annotated[list[tuple[Line, Line]], Field(max_length=12)] = []
    sections: Annotated[list[Section], Field(max_length=6)] = []
    path: Annotated[str, Field(pattern=r"^/[\w./-]*$", max_length=300)] = "/"
    link: Annotated[str, Field(max_length=60)] = "Open in Tenantry"
    data: dict[str, Any] = {}
