"""The honest states: one word, one icon, one colour each, everywhere."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown. `tone` is one of good, warning, bad, unknown, busy."""

    word: str
    icon: str
    tone: str
    meaning: str


STATES: Final[dict[str, State]] = {
    "complete": State("complete", "✓", "good", "Everything was collected."),
    "working": State("working", "✓", "good", "The connection works."),
    "active": State("active", "✓", "good", "Collected on its schedule."),
    "succeeded": State("succeeded", "✓", "good", "Ended well."),
    "limited": State("limited", "!", "warning", "Works, but permissions are missing."),
    "partial": State("partial", "◐", "warning", "Only a part arrived; what was known before is shown."),
    "stale": State("stale", "◷", "warning", "Older than it should be."),
    "throttled": State("throttled", "≋", "warning", "Microsoft asked to wait; the next run goes on."),
    "paused": State("paused", "‖", "warning", "Not collected until it is resumed."),
    "cancelled": State("cancelled", "‖", "warning", "Stopped by a person."),
    "denied": State("denied", "⊘", "warning", "Refused for lack of a permission."),
    "no_access": State("no access", "⊘", "bad", "A permission is missing. This is not zero."),
    "broken": State("broken", "✕", "bad", "Microsoft does not let us in."),
    "failed": State("failed", "✕", "bad", "Went wrong; the message says how."),
    "not_licensed": State("not licensed", "○", "unknown", "The Microsoft tenant has no licence for this."),
    "unsupported": State("unsupported", "○", "unknown", "This offer or cloud does not have it."),
    "untested": State("untested", "?", "unknown", "Not tested yet."),
    "never": State("not collected", "?", "unknown", "Nothing was collected yet."),
    "offboarded": State("offboarded", "–", "unknown", "No longer managed."),
    "running": State("running", "↻", "busy", "Under way."),
    "queued": State("queued", "…", "busy", "Waiting for its turn."),
    "onboarding": State("onboarding", "↻", "busy", "Being connected."),
}


def state_named(name: object) -> State:
    """The state of an enum member or a text; an unknown one shows as itself."""
    text = str(getattr(name, "value", name))
    return STATES.get(text, State(text.replace("_", " "), "?", "unknown", ""))
