"""Every state somebody can meet has one word, one icon and one colour."""

from collections import Counter
from enum import StrEnum

import pytest

from tenantry.estate.models import Connection, Lifecycle
from tenantry.microsoft.cost import CostState
from tenantry.observe.models import Outcome as CollectionOutcome
from tenantry.operations.models import OperationState
from tenantry.platform.audit.models import Outcome as AuditOutcome
from tenantry.platform.jobs.models import JobState
from tenantry.platform.notify.models import NotificationState
from tenantry.platform.tenancy.models import TenantStatus
from tenantry.web.states import STATES, state_named

SHOWN: list[type[StrEnum]] = [
    CollectionOutcome,
    Connection,
    Lifecycle,
    JobState,
    NotificationState,
    OperationState,
    AuditOutcome,
    TenantStatus,
    CostState,
]


@pytest.mark.parametrize("states", SHOWN, ids=[f"{kind.__module__}.{kind.__name__}" for kind in SHOWN])
def test_no_state_is_left_to_chance(states: type[StrEnum]) -> None:
    assert {member.value for member in states} <= STATES.keys()


def test_the_honest_states_are_told_apart() -> None:
    honest = ["complete", "partial", "no_access", "not_licensed", "throttled", "stale", "failed", "never", "running"]
    shown = [STATES[name] for name in honest]
    assert len({state.word for state in shown}) == len(honest)
    assert len({state.icon for state in shown}) == len(honest), "colour alone tells nothing"


def test_a_word_stands_for_one_thing() -> None:
    words = Counter(state.word for state in STATES.values())
    assert [word for word, times in words.items() if times > 1] == []


def test_every_state_says_what_it_means() -> None:
    for name, state in STATES.items():
        assert state.meaning.endswith("."), name
        assert state.tone in {"good", "warning", "bad", "unknown", "busy"}, name


def test_a_state_nobody_foresaw_shows_as_itself_and_claims_nothing() -> None:
    state = state_named("half_done")
    assert (state.word, state.tone) == ("half done", "unknown")
