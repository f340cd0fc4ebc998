"""The buckets: nothing beyond the limit, and patience enforced."""

from hypothesis import given
from hypothesis import strategies as st

from mscloudsim.throttling import Rate, Throttles

RATES = st.builds(Rate, st.floats(1, 100), st.floats(0.1, 50))


@given(RATES, st.lists(st.floats(0, 5), min_size=1, max_size=80))
def test_no_window_ever_passes_more_than_the_limit(rate: Rate, pauses: list[float]) -> None:
    throttles, now, passed = Throttles(), 0.0, []
    for pause in pauses:
        now += pause
        if throttles.take("key", rate, 1, now).passed:
            passed.append(now)
    for first, start in enumerate(passed):
        for count, end in enumerate(passed[first:], 1):
            assert count <= rate.capacity + (end - start) * rate.per_second + 1e-6


@given(RATES)
def test_whoever_waits_as_told_passes(rate: Rate) -> None:
    throttles, now = Throttles(), 0.0
    for _ in range(300):
        verdict = throttles.take("key", rate, 1, now)
        now += verdict.retry_after
        assert verdict.passed or throttles.take("key", rate, 1, now).passed


def test_whoever_comes_back_early_waits_anew() -> None:
    throttles, rate = Throttles(), Rate(1, 0.1)
    assert throttles.take("key", rate, 1, 0).passed
    refused = throttles.take("key", rate, 1, 1)
    assert (refused.passed, refused.retry_after) == (False, 9)
    early = throttles.take("key", rate, 1, 5)
    assert (early.passed, early.too_early, early.retry_after) == (False, True, 9)
    assert throttles.take("key", rate, 1, 14).passed


def test_keys_do_not_share_and_the_switch_lets_all_pass() -> None:
    throttles, rate = Throttles(), Rate(1, 1)
    assert throttles.take("a", rate, 1, 0).passed
    assert throttles.take("b", rate, 1, 0).passed
    throttles.enabled = False
    assert all(throttles.take("a", rate, 1, 0).passed for _ in range(10))
