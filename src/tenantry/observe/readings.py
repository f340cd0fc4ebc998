"""How old what is known is, and how collecting it went."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from sqlalchemy import ColumnElement, and_, case, func, literal, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.pagination import AnySelect
from tenantry.observe.datasets import Needs, all_datasets
from tenantry.observe.models import DatasetState, Outcome
from tenantry.observe.schedules import LONGEST
from tenantry.platform.health.registry import Look, Part, Status, health_gauges, health_part

_STALE: Final = timedelta(hours=2 * LONGEST)
"""Twice the longest interval people can choose: nothing that is collected at all is older."""
_TROUBLE: Final = (Outcome.FAILED, Outcome.THROTTLED, Outcome.PARTIAL)
_KEY: Final = DatasetState.microsoft_tenant_id
_LABELS: Final = ("microsoft_tenant_id", "group")
_ENDED: Final = [outcome for outcome in Outcome if outcome is not Outcome.RUNNING]


@health_part("data")
def data(look: Look) -> Part:
    """The age of what is shown. What was never complete has none, and is counted on its own."""
    outcomes = _outcomes(look)
    stale = _stale(look)
    oldest = look.session.execute(look.within(_of_active(select(func.min(DatasetState.complete_at))), _KEY)).scalar()
    facts = {
        "oldest_complete_at": oldest,
        "microsoft_tenants_with_stale_data": stale,
        "datasets_by_newest_outcome": {outcome.value: outcomes.get(outcome, 0) for outcome in _ENDED},
    }
    if not outcomes:
        return Part(Status.UNKNOWN, "Nothing has been collected yet.", facts)
    if stale:
        hours = int(_STALE.total_seconds() // 3600)
        return Part(Status.DEGRADED, f"Of some Microsoft tenants, datasets are older than {hours} hours.", facts)
    if any(outcomes.get(outcome) for outcome in _TROUBLE):
        return Part(Status.DEGRADED, "Some datasets could not be collected the last time; older data is shown.", facts)
    return Part(Status.OK, "What is known is as old as it is meant to be.", facts)


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    yield _datasets(look)
    yield from _ages(look)


def age_family() -> GaugeMetricFamily:
    """For whatever has an age per Microsoft tenant."""
    says = "The age of the oldest of a group that was ever complete."
    return GaugeMetricFamily("tenantry_data_age_seconds", says, labels=_LABELS)


def _of_active(query: AnySelect) -> AnySelect:
    """Of Microsoft tenants that are collected at all."""
    here = and_(MicrosoftTenant.tenant_id == DatasetState.tenant_id, MicrosoftTenant.id == _KEY)
    return (
        query.select_from(DatasetState).join(MicrosoftTenant, here).where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)
    )


def _outcomes(look: Look) -> dict[Outcome, int]:
    query = _of_active(select(DatasetState.outcome, func.count())).group_by(DatasetState.outcome)
    rows = look.session.execute(look.within(query, _KEY))
    return {outcome: count for outcome, count in rows if outcome is not Outcome.RUNNING}


def _stale(look: Look) -> int:
    """Of how many Microsoft tenants. A dataset that lost its permission or licence ages, and says so elsewhere."""
    query = _of_active(select(func.count(_KEY.distinct())))
    query = query.where(DatasetState.complete_at < look.now - _STALE)
    query = query.where(DatasetState.outcome.not_in([Outcome.NO_ACCESS, Outcome.NOT_LICENSED, Outcome.UNSUPPORTED]))
    return int(look.session.execute(look.within(query, _KEY)).scalar() or 0)


def _datasets(look: Look) -> Metric:
    says = "Microsoft tenants by how the newest collection of a dataset ended."
    family = GaugeMetricFamily("tenantry_datasets", says, labels=["dataset", "outcome"])
    query = _of_active(select(DatasetState.dataset, DatasetState.outcome, func.count()))
    query = query.where(DatasetState.dataset.in_([item.name for item in all_datasets()]))
    for dataset, outcome, count in look.session.execute(query.group_by(DatasetState.dataset, DatasetState.outcome)):
        family.add_metric([dataset, outcome.value], count)
    return family


def _ages(look: Look) -> Iterable[Metric]:
    """Per Microsoft tenant the age of the oldest complete dataset of each service: one query, six series each."""
    age = age_family()
    says = "Datasets of a group that were never complete, so that they have no age."
    missing = GaugeMetricFamily("tenantry_data_missing", says, labels=_LABELS)
    names = GaugeMetricFamily(
        "tenantry_microsoft_tenant_info",
        "The name of an active Microsoft tenant.",
        labels=["microsoft_tenant_id", "name"],
    )
    group = _group()
    query = _of_active(
        select(
            *(_KEY, MicrosoftTenant.name, group, func.min(DatasetState.complete_at)),
            func.count() - func.count(DatasetState.complete_at),
        )
    ).where(group.is_not(None))
    told = set[str]()
    for key, name, service, oldest, never in look.session.execute(query.group_by(_KEY, MicrosoftTenant.name, group)):
        tenant = str(key)
        if oldest is not None:
            age.add_metric([tenant, service], (look.now - oldest).total_seconds())
        missing.add_metric([tenant, service], never)
        if tenant not in told:
            told.add(tenant)
            names.add_metric([tenant, name], 1)
    return age, missing, names


def _group() -> ColumnElement[str | None]:
    """The service a dataset comes from; nothing for one this version does not know any more."""
    by_service = {needs: [item.name for item in all_datasets() if item.needs is needs] for needs in Needs}
    return case(
        *((DatasetState.dataset.in_(names), literal(needs.value)) for needs, names in by_service.items() if names)
    )
