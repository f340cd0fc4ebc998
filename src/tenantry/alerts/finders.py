"""Alerts that still hold, and rules, found by the beginning of their name."""

from collections.abc import Iterator

from tenantry.alerts.permissions import READ
from tenantry.alerts.presentation import tenant_names
from tenantry.alerts.rules.service import Rules
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.kit.pagination import PageQuery
from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work


@finder(READ)
def alerts(work: Work, start: str) -> Iterator[Found]:
    fitting = [row for row in Rules(work).all() if row.name_key.startswith(start.casefold())]
    for rule in fitting[:EACH]:
        yield Found(rule.name, f"/alerts/rules/{rule.id}", "Rule")
    for rule in fitting[:1]:
        found = Alerts(work).page(AlertFilter(live=True, rule_id=rule.id), PageQuery(EACH)).items
        names = tenant_names(work, (row.microsoft_tenant_id for row in found))
        for row in found:
            yield Found(row.rule_name, f"/alerts/{row.id}", f"Alert, {names.get(row.microsoft_tenant_id, '')}")
