"""What people can be told of. A slice declares its events when it is imported."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class EventKind:
    """Something that happens, under a name that stays: channels are subscribed to it."""

    name: str
    label: str
    hint: str


TEST: Final = "notification.test"
"""What a test message is; nobody is subscribed to it."""
_kinds: Final[dict[str, EventKind]] = {}


def event_kind(name: str, label: str, hint: str) -> EventKind:
    declared = EventKind(name, label, hint)
    if _kinds.setdefault(name, declared) != declared:
        message = f"event {name} is declared twice"
        raise ValueError(message)
    return declared


def all_events() -> list[EventKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)
