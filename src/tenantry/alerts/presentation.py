"""What the pages of alerts show: names beside ids, words beside numbers."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from tenantry.alerts.models import Alert
from tenantry.alerts.service import Alerts
from tenantry.alerts.words import TRANSITIONS, condition_words, metric_label, value_words
from tenantry.estate.metering import metric_named
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.platform.work import Work

WORDS: Final = {
    "value_words": value_words,
    "condition_words": condition_words,
    "metric_label": metric_label,
    "transitions": {kind.value: words for kind, words in TRANSITIONS.items()},
}
"""Functions that templates call."""
_IN_PANEL: Final = 6


def panel_values(work: Work) -> dict[str, Any]:
    """The worst of what is open, and how much there is."""
    service = Alerts(work)
    worst = service.worst(_IN_PANEL)
    names = tenant_names(work, (row.microsoft_tenant_id for row in worst))
    return {"alerts": worst, "names": names, "counts": service.counts(), **WORDS}


def tenant_names(work: Work, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(ids)
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.id.in_(wanted))
    return dict(work.session.execute(query).all()) if wanted else {}


def tenant_choices(work: Work) -> list[tuple[str, str]]:
    """The actor's Microsoft tenants by name."""
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
    if work.actor.scope is not None:
        query = query.where(MicrosoftTenant.id.in_(work.actor.scope))
    rows = work.session.execute(query.order_by(MicrosoftTenant.name_key, MicrosoftTenant.id))
    return [(str(key), name) for key, name in rows]


def path_behind(alert: Alert) -> str | None:
    """The page that shows what the alert is about; None for a metric that this version does not know."""
    metric = metric_named(alert.metric)
    return metric.path.format(id=alert.microsoft_tenant_id) if metric else None
