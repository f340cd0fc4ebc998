"""Every case of every control, and what has to hold for all of them whatever they judge."""

import importlib
import pkgutil

import pytest
from tests.posture import controls
from tests.posture.judging import Case, judged

from tenantry.posture.controls.catalogue import Assessment, all_controls, controls_of
from tenantry.posture.controls.registry import all_checks, check_of
from tenantry.posture.verdicts import Status

CASES: list[Case] = [
    case
    for module in sorted(pkgutil.iter_modules(controls.__path__), key=lambda found: found.name)
    for case in importlib.import_module(f"{controls.__name__}.{module.name}").CASES
]
PASSING = {case.key: case for case in reversed(CASES) if case.status is Status.PASS}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.key}: {case.because}" for case in CASES])
def test_a_case_is_judged_as_it_should_be(case: Case) -> None:
    verdict = case.verdict
    assert (verdict.status, verdict.cause) == (case.status, case.cause), verdict.summary
    assert case.says in verdict.summary
    assert case.affected is None or [one.name for one in verdict.affected] == list(case.affected)
    assert not case.review or any(case.review in note for note in verdict.review), verdict.review
    assert verdict.summary.endswith(".")


@pytest.mark.parametrize("key", sorted(PASSING))
def test_nothing_passes_without_its_evidence(key: str) -> None:
    """A passing Microsoft tenant with one dataset removed: never a pass, and never a fail that nothing proves."""
    case = PASSING[key]
    check = check_of(key)
    assert check is not None
    for removed in check.reads:
        rest = {dataset: rows for dataset, rows in case.items.items() if dataset is not removed}
        verdict = judged(key, rest, case.features, **case.parameters)
        assert verdict.status in (Status.ERROR, Status.MANUAL), (removed.name, verdict)


def test_every_automatic_control_has_a_judge_and_its_words() -> None:
    for control in all_controls().values():
        assert (control.check is None) == (control.assessment is Assessment.ATTESTATION), control.key
        assert control.expected.endswith("."), control.key
        assert control.steps, control.key
        assert control.portal.startswith("https://"), control.key


def test_every_judge_belongs_to_a_control() -> None:
    assert {check.key for check in all_checks()} <= set(all_controls())


def test_every_judge_has_the_cases_that_show_what_it_is_worth() -> None:
    """A pass, a failure, and a case without evidence; and one without the licence where that matters."""
    for check in all_checks():
        control = all_controls()[check.key]
        shown = {case.status for case in CASES if case.key == check.key}
        wanted = {Status.MANUAL} if control.assessment is Assessment.EVIDENCE else {Status.PASS, Status.FAIL}
        if control.assessment is Assessment.AUTOMATIC:
            wanted |= {Status.ERROR}
        if check.feature is not None and not check.gap_is_failure:
            wanted |= {Status.NOT_APPLICABLE}
        assert wanted <= shown, check.key


def test_the_benchmarks_have_the_numbers_they_have() -> None:
    assert len(controls_of("cis-m365-7.0.0")) == 160
    assert len(controls_of("cis-m365-5.0.0")) == 130
