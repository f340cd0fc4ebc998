"""However evidence is lacking or spoilt: one verdict per control, and never a pass that is not proven."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.posture.judging import COLLECTED, EVERYTHING, Case, licences
from tests.posture.test_every_control import CASES, PASSING
from tests.support.cast import Cast
from tests.support.observed import Observed

from tenantry.observe.catalogue.exchange import USER_MAILBOXES
from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS, USERS
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import Outcome
from tenantry.platform.work import Platform, Work
from tenantry.posture.controls.catalogue import Assessment, all_controls
from tenantry.posture.controls.registry import Check, check_of
from tenantry.posture.evaluation import Judging, Verdict
from tenantry.posture.evidence import HeldEvidence
from tenantry.posture.parameters import Parameters
from tenantry.posture.scans.service import ScanOptions, Scans
from tenantry.posture.scans.stored_evidence import StoredEvidence, sources_now
from tenantry.posture.scans.verdict_store import keep_sources, sources_of
from tenantry.posture.verdicts import Cause, Status

Rows = list[dict[str, Any]]
Path = tuple[str | int, ...]


def plain(rows: Sequence[Mapping[str, Any]]) -> Rows:
    """As JSON brings them."""
    found: Rows = json.loads(json.dumps([dict(row) for row in rows], default=list))
    return found


def whole() -> dict[str, Rows]:
    """What all passing Microsoft tenants hold, as one: objects with the same key are one object."""
    merged: dict[str, dict[str, dict[str, Any]]] = {SUBSCRIBED_SKUS.name: {"sku": licences(EVERYTHING)}}
    for key in sorted(PASSING):
        for dataset, rows in PASSING[key].items.items():
            mine = merged.setdefault(dataset.name, {})
            for place, row in enumerate(plain(rows[:50])):
                row.setdefault(dataset.key, f"{key} {place}")
                mine.setdefault(dataset.key_of(row), {}).update(row)
    return {name: [rows[key] for key in sorted(rows)] for name, rows in merged.items()}


WHOLE = whole()
DATASETS = sorted(WHOLE)


def judged_all(held: Mapping[str, Rows]) -> dict[str, Verdict]:
    judging = Judging.of(HeldEvidence(held, {}, COLLECTED), Parameters.model_validate({}))
    verdicts = [judging.verdict(control) for control in all_controls().values()]
    found = {verdict.key: verdict for verdict in verdicts}
    assert found.keys() == all_controls().keys()
    assert len(found) == len(verdicts), "one verdict per control"
    return found


def could_have_passed(check: Check, lacking: set[str]) -> bool:
    """Whether everything is there that a pass needs."""
    either = {dataset.name for dataset in check.either}
    return not {dataset.name for dataset in check.reads} & lacking and not (either and either <= lacking)


@given(st.sets(st.sampled_from(DATASETS)))
def test_no_control_passes_without_what_it_needs(removed: set[str]) -> None:
    for key, verdict in judged_all({name: rows for name, rows in WHOLE.items() if name not in removed}).items():
        check = check_of(key)
        if check is not None and verdict.status is Status.PASS:
            assert could_have_passed(check, removed), key
        assert verdict.cause is not Cause.INTERNAL, verdict
        if all_controls()[key].assessment is not Assessment.AUTOMATIC:
            assert verdict.status is not Status.PASS, "what a person has to attest, no machine passes"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Rows]:
    """Some datasets are empty, some hold one object instead of all of them, some have properties of any form."""
    held = copy.deepcopy(WHOLE)
    for name in draw(st.sets(st.sampled_from(DATASETS), min_size=1, max_size=8)):
        kind = draw(st.sampled_from(["empty", "one of them", "nothing in them", "properties"]))
        if kind == "properties":
            for row in held[name]:
                for path in draw(st.lists(st.sampled_from(sorted(row)), max_size=4)):
                    row[path] = draw(ANYTHING)
        else:
            forms: dict[str, Rows] = {"empty": [], "one of them": held[name][:1], "nothing in them": [{}]}
            held[name] = forms[kind]
    return held


@given(spoilt())
def test_of_spoilt_evidence_every_control_says_something_foreseen(held: dict[str, Rows]) -> None:
    """Nothing raises, a second look says the same, and looking changes nothing."""
    before = copy.deepcopy(held)
    first, second = judged_all(held), judged_all(held)
    assert held == before
    assert first == second
    assert [verdict for verdict in first.values() if verdict.cause is Cause.INTERNAL] == []


NOTHING_SAID = {
    "entra.conditional_access_policies": {
        "conditions.applications.excludeApplications",
        "conditions.clientAppTypes",
        "conditions.devices",
        "conditions.devices.deviceFilter",
        "conditions.insiderRiskLevels",
        "conditions.locations",
        "conditions.locations.includeLocations",
        "conditions.platforms",
        "conditions.platforms.includePlatforms",
        "conditions.signInRiskLevels",
        "conditions.times",
        "conditions.userRiskLevels",
        "grantControls.authenticationStrength",
        "grantControls.termsOfUse",
    },
    "entra.group_settings": {"values", "values.*.value"},
    "entra.groups": {"groupTypes"},
    "entra.named_locations": {"isTrusted"},
    "entra.users": {"assignedLicenses", "onPremisesSyncEnabled"},
    "exchange.connection_filters": {"IPAllowList"},
    "exchange.content_filters": {"AllowedSenderDomains"},
    "exchange.malware_rules": {"RecipientDomainIs"},
    "exchange.outbound_spam_rules": {"SenderDomainIs"},
    "exchange.role_assignment_policies": {"AssignedRoles"},
    "exchange.safe_attachment_rules": {"RecipientDomainIs"},
    "exchange.safe_links_rules": {"ExceptIfRecipientDomainIs"},
    "exchange.transport_rules": {"BlindCopyTo", "RedirectMessageTo", "SenderDomainIs", "SetSCL"},
}
"""Where null or absence means something at Microsoft: no such condition, nobody, or the documented default.
Of users and groups, a delta leaves out what was never set."""
TWO_FORMS = {
    ("sharepoint.tenant", "GuestSharingGroupAllowListInTenantByPrincipalIdentity"),
    ("teams.federation", "AllowedDomains"),
}
"""What Microsoft itself writes as a text in one place and as an object in another."""


def paths(value: Any, way: Path = ()) -> Iterator[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield (*way, key)
        yield from paths(found, (*way, key))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def another_form(value: Any) -> list[Any]:
    """Values that can never stand where this one stands."""
    if isinstance(value, dict):
        return [42, "surprise", ["surprise"]]
    if isinstance(value, list):
        return [42, True, [42], [None]]
    return [{"surprise": 1}, [None]] if value is not None and not isinstance(value, str) else [{"surprise": 1}]


def changed(rows: Rows, path: Path, value: Any) -> Rows:
    found = copy.deepcopy(rows)
    at(found, path[:-1])[path[-1]] = value
    return found


def without(rows: Rows, path: Path) -> Rows:
    found = copy.deepcopy(rows)
    del at(found, path[:-1])[path[-1]]
    return found


def spoilings(dataset: Dataset, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Every property of every object: of another form, null, absent. Objects and elements that are gone are no fault
    that a judge could see.
    """
    for path in paths(rows):
        if len(path) == 1 or path == (path[0], dataset.key):
            continue
        where = ".".join("*" if isinstance(key, int) else key for key in path[1:])
        if (dataset.name, where) not in TWO_FORMS:
            yield from ((where, changed(rows, path, form)) for form in another_form(at(rows, path)))
        if where not in NOTHING_SAID.get(dataset.name, ()):
            yield where, changed(rows, path, None)
            if not isinstance(path[-1], int):
                yield where, without(rows, path)


FAILING: dict[str, list[Case]] = {}
for _case in CASES:
    if _case.status is Status.FAIL:
        FAILING.setdefault(_case.key, []).append(_case)


@pytest.mark.parametrize("key", sorted(FAILING))
def test_a_failure_is_never_turned_into_a_pass_by_an_answer_in_another_form(key: str) -> None:
    for case in FAILING[key]:
        for dataset, rows in case.items.items():
            for where, spoilt_rows in spoilings(dataset, plain(rows[:20])):
                held = {**case.items, dataset: spoilt_rows}
                verdict = Case(key, "", Status.FAIL, held, parameters=case.parameters, features=case.features).verdict
                assert verdict.status is not Status.PASS, (case.because, dataset.name, where)
                assert verdict.cause is not Cause.INTERNAL, (case.because, dataset.name, where)


LONG = 2500


def keywords(held: Mapping[str, Rows]) -> dict[str, Rows]:
    """As `Observed.collect` takes them."""
    return {name.replace(".", "_", 1): rows for name, rows in held.items()}


def stored(work: Work, observed: Observed) -> StoredEvidence:
    """What a scan of this moment judges."""
    scan = Scans(work).start(observed.id, ScanOptions.model_validate({}))
    keep_sources(work.session, scan.id, sources_now(work.session, observed.id, DATASETS))
    return StoredEvidence(work.session, observed.id, scan.id, sources_of(work.session, scan.id))


def test_stored_and_held_evidence_are_judged_alike(platform: Platform, cast: Cast) -> None:
    """Long datasets are streamed out of the database; nobody can tell it from the verdicts."""
    held = copy.deepcopy(WHOLE)
    held[USERS.name] += [{**WHOLE[USERS.name][0], "id": f"user {number:05}"} for number in range(LONG)]
    held[USER_MAILBOXES.name] += [
        {**WHOLE[USER_MAILBOXES.name][0], USER_MAILBOXES.key: f"mailbox {number:05}", "AuditEnabled": number % 7 > 0}
        for number in range(LONG)
    ]
    observed = Observed.onboard(platform, cast.alice.actor, "Contoso")
    observed.collect(**keywords(held))
    with platform.work(cast.alice.actor) as work:
        judging = Judging.of(stored(work, observed), Parameters.model_validate({}))
        found = {key: judging.verdict(control) for key, control in all_controls().items()}
    expected = judged_all(held)
    assert {key: said(one) for key, one in found.items()} == {key: said(one) for key, one in expected.items()}
    assert found["exchange.mailbox_audit_actions"].affected_count > LONG // 7
    assert all(source.digest for one in found.values() for source in one.sources if source.outcome == "complete")


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.COMPLETE}))
def test_what_was_known_before_is_not_taken_for_what_is(platform: Platform, cast: Cast, outcome: Outcome) -> None:
    """Everything was complete once. The last attempt at each ended in another way; `partial` is also how a list ends
    that is suddenly empty.
    """
    observed = Observed.onboard(platform, cast.alice.actor, "Contoso")
    observed.collect(**keywords(WHOLE))
    observed.refuse(*DATASETS, outcome=outcome)
    with platform.work(cast.alice.actor) as work:
        judging = Judging.of(stored(work, observed), Parameters.model_validate({}))
        found = [judging.verdict(control) for control in all_controls().values()]
    assert Status.PASS not in {verdict.status for verdict in found}
    assert {source.digest for verdict in found for source in verdict.sources} == {None}


def said(verdict: Verdict) -> Any:
    """All of it but how its sources were stored; in the order of names, which no judge promises."""
    affected = sorted((one.id, one.name, one.why) for one in verdict.affected)
    observed = json.dumps(verdict.observed, default=list, sort_keys=True)
    return verdict.status, verdict.cause, verdict.summary, observed, affected, verdict.affected_count
