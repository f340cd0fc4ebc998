"""Exactly what is filtered, in the order of the page, as rows of a file. What is not known is empty."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from tenantry.governance.compliance import queries
from tenantry.governance.compliance.counts import STATES, Counts
from tenantry.governance.compliance.details import reasons_of, tenant_names, titles_of
from tenantry.governance.compliance.queries import (
    AdviceFilter,
    ExemptionFilter,
    PolicyFilter,
    ScoreFilter,
    SecureFilter,
    ViolationFilter,
)
from tenantry.governance.compliance.standings import standings
from tenantry.governance.resources.queries import Names, names_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row
from tenantry.web.states import state_named

_MICRO: Final = 1_000_000
_COUNTS: Final = ("Score %", "Portal %", "Compliant", "Non-compliant", "Conflicting", "Exempt", "Not judged")
SCORES: Final = (
    *("Microsoft tenant", "Name", "Azure id", *_COUNTS),
    *("State", "Collected", "Evaluated from", "Evaluated to"),
)
POLICIES: Final = (
    *("Microsoft tenant", "Policy", "Category", "Effect", "Initiative", "Assignment", "Assigned at", "Enforced"),
    *("Deprecated", *_COUNTS, "State", "Evaluated to", "Policy id"),
)
VIOLATIONS: Final = (
    *("Microsoft tenant", "Resource", "Type", "Location", "Resource group", "Subscription", "Policy", "Effect"),
    *("Initiative", "Assignment", "Message", "Reason code", "Azure id", "Access lost"),
)
EXEMPTIONS: Final = (
    *("Microsoft tenant", "Exemption", "State", "Ends", "Category", "Assignment", "Limited to", "Scope", "Azure id"),
    "Access lost",
)
ADVICE: Final = (
    *("Microsoft tenant", "Category", "Impact", "Problem", "Solution", "Resource", "Type", "Subscription"),
    *("Yearly saving", "Currency", "Put aside", "Azure id", "Access lost"),
)
SECURE: Final = (
    *("Microsoft tenant", "Subscription", "Subscription id", "Control", "Score %", "Points", "Of"),
    *("Healthy", "Unhealthy", "Not applicable", "Weight", "Access lost"),
)
STANDARDS: Final = (
    *("Microsoft tenant", "Subscription", "Subscription id", "Standard", "Control", "Description", "State"),
    *("Passed", "Failed", "Skipped"),
)


def score_rows(work: Work, wanted: ScoreFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        return standings(own, wanted, page, sort, count=False).map(
            lambda one: (
                *(one.microsoft_tenant, one.name, one.key, *_counts(one.counts), state_named(one.state).word),
                *(one.collected_at, one.evaluated_from, one.evaluated_to),
            )
        )

    return every_row(work, read)


def policy_rows(work: Work, wanted: PolicyFilter) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.policies(own, wanted, page, count=False)
        names = tenant_names(own, found.items)
        return found.map(
            lambda row: (
                *(names[row.microsoft_tenant_id], row.title, row.category, row.effect, row.initiative_title),
                *(row.assignment_title, row.scope_key, row.is_enforced, row.is_deprecated, *_counts(row.counts)),
                *(state_named(queries.policy_state(row)).word, row.evaluated_to, row.definition_key),
            )
        )

    return every_row(work, read)


def violation_rows(work: Work, wanted: ViolationFilter) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.violations(own, wanted, page, count=False)
        names, reasons = names_of(own, found.items), reasons_of(own, found.items)

        def row_of(row: Any) -> Row:
            why = reasons[row.id]
            return (
                *(names.tenants[row.microsoft_tenant_id], row.name, row.resource_type, row.location),
                *(row.resource_group, names.subscription(row), why.policy, why.effect, why.initiative),
                *(why.assignment, why.message, why.code, row.resource_key, _lost(row, names)),
            )

        return found.map(row_of)

    return every_row(work, read)


def exemption_rows(work: Work, wanted: ExemptionFilter) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.exemptions(own, wanted, page, count=False)
        names = names_of(own, found.items)
        titles = titles_of(own, [(row.microsoft_tenant_id, row.assignment_key) for row in found.items])

        def row_of(row: Any) -> Row:
            state = state_named(f"exemption_{queries.exemption_state(row, now)}").word
            return (
                *(names.tenants[row.microsoft_tenant_id], row.title, state, row.expires_at, row.category),
                *(titles.assignment(row.microsoft_tenant_id, row.assignment_key), row.limited_to, row.scope_key),
                *(row.item_key, _lost(row, names)),
            )

        return found.map(row_of)

    return every_row(work, read)


def advice_rows(work: Work, wanted: AdviceFilter) -> Iterator[Row]:
    def row_of(row: Any, names: Names) -> Row:
        saving = None if row.yearly is None else f"{row.yearly / _MICRO:.2f}"
        return (
            *(names.tenants[row.microsoft_tenant_id], row.category, row.impact, row.problem, row.solution),
            *(row.resource_name, row.resource_type, names.subscription(row), saving, row.currency, row.is_put_aside),
            *(row.resource_key, _lost(row, names)),
        )

    return _named(work, lambda own, page: queries.advice(own, wanted, page, count=False), row_of)


def secure_rows(work: Work, wanted: SecureFilter) -> Iterator[Row]:
    def row_of(row: Any, names: Names) -> Row:
        return (
            *(names.tenants[row.microsoft_tenant_id], names.subscription(row), row.subscription_key),
            *(row.title if row.is_control else None, _percent(row.share), _points(row.points), _points(row.most)),
            *(row.healthy, row.unhealthy, row.not_applicable, row.weight, _lost(row, names)),
        )

    return _named(work, lambda own, page: queries.secure_scores(own, wanted, page, count=False), row_of)


def standard_rows(work: Work, wanted: SecureFilter) -> Iterator[Row]:
    def row_of(row: Any, names: Names) -> Row:
        return (
            *(names.tenants[row.microsoft_tenant_id], names.subscription(row), row.subscription_key, row.standard),
            *(row.name if row.is_control else None, row.description, row.state, row.passed, row.failed, row.skipped),
        )

    return _named(work, lambda own, page: queries.standards(own, wanted, page, count=False), row_of)


def _named(
    work: Work, list_of: Callable[[Work, PageQuery], Page[Any]], row_of: Callable[[Any, Names], Row]
) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = list_of(own, page)
        names = names_of(own, found.items)
        return found.map(lambda row: row_of(row, names))

    return every_row(work, read)


def _counts(counts: Counts | None) -> Sequence[Any]:
    if counts is None:
        return (None,) * (len(STATES) + 2)
    return _percent(counts.score), _percent(counts.portal), *counts.values


def _percent(hundredths: int | None) -> str | None:
    return None if hundredths is None else f"{hundredths / 100:.2f}"


def _points(thousandths: int | None) -> str | None:
    return None if thousandths is None else f"{thousandths / 1000:.2f}"


def _lost(row: Any, names: Names) -> Any:
    lost = names.lost(row)
    return lost.lost_at if lost else None
