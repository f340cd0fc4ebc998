"""Which customers a managing tenant sees, and onboarding them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from tenantry.estate.flows import begin, onboard
from tenantry.estate.lighthouse.models import DelegatedSubscription
from tenantry.estate.lighthouse.schemas import CustomerOut, CustomersOut, DelegatedSubscriptionOut, TemplateIn
from tenantry.estate.lighthouse.template import Principal, onboarding_template
from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, READ
from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import Conflict, NotFound
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

LIST: Final = "estate.list_delegations"
_LISTED: Final = "delegations_listed_at"


@dataclass(frozen=True, slots=True)
class Seen:
    """A delegated subscription as ARM names it."""

    customer_entra_id: UUID
    customer_name: str | None
    subscription_key: str
    display_name: str
    state: str


@dataclass(frozen=True, slots=True)
class Lighthouse:
    """The delegations of the actor's tenant."""

    work: Work

    def managing(self) -> list[MicrosoftTenant]:
        """The Microsoft tenants with an application of their own: any may manage others. Those that do come first."""
        self.work.actor.require(READ)
        query = select(MicrosoftTenant).where(
            MicrosoftTenant.access == Access.APP_REGISTRATION, MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED
        )
        if self.work.actor.scope is not None:
            query = query.where(MicrosoftTenant.id.in_(self.work.actor.scope))
        others = aliased(MicrosoftTenant)
        manages = select(others.id).where(others.managing_id == MicrosoftTenant.id).exists()
        return list(self.work.session.scalars(query.order_by(manages.desc(), MicrosoftTenant.name_key)))

    def list_now(self, managing_id: UUID) -> Job:
        """Asks Microsoft in a job. Raises Conflict for one that is itself reached through Lighthouse."""
        tenant = MicrosoftTenants(self.work).reachable(managing_id)
        if tenant.access is not Access.APP_REGISTRATION:
            raise Conflict(why="it is itself managed by another Microsoft tenant")
        return begin(self.work, LIST, tenant)

    def customers(self, managing_id: UUID) -> CustomersOut:
        """The customers by name; those that are not onboarded yet come first."""
        managing = MicrosoftTenants(self.work).get(managing_id)
        query = select(DelegatedSubscription).where(DelegatedSubscription.microsoft_tenant_id == managing.id)
        rows = self.work.session.scalars(query.order_by(DelegatedSubscription.display_name)).all()
        grouped: dict[UUID, list[DelegatedSubscription]] = {}
        for row in rows:
            grouped.setdefault(row.customer_entra_id, []).append(row)
        known = self._onboarded(list(grouped))
        found = [_customer(managing.id, key, group, known.get(key)) for key, group in grouped.items()]
        found.sort(key=lambda item: (item.microsoft_tenant_id is not None, (item.name or "\U0010ffff").casefold()))
        return CustomersOut(listed_at=_listed_at(managing), items=found)

    def onboard(self, managing_id: UUID, customer_entra_id: UUID, name: str) -> MicrosoftTenant:
        """Onboards a customer through its delegation. Raises NotFound for one that was not seen, AlreadyOnboarded."""
        self.work.actor.require(MANAGE)
        managing = MicrosoftTenants(self.work).get(managing_id)
        query = select(DelegatedSubscription.id).where(
            DelegatedSubscription.microsoft_tenant_id == managing.id,
            DelegatedSubscription.customer_entra_id == customer_entra_id,
        )
        if self.work.session.scalars(query.limit(1)).first() is None:
            raise NotFound(what="delegating customer")
        wanted = MicrosoftTenantIn(
            entra_tenant_id=customer_entra_id,
            name=name,
            access=Access.LIGHTHOUSE,
            managed_by=managing.entra_tenant_id,
        )
        return onboard(self.work, wanted, managing.cloud)

    def template(self, wanted: TemplateIn) -> dict[str, Any]:
        """What a customer deploys in each subscription it delegates."""
        self.work.actor.require(READ)
        principals = [Principal(who.id, who.name) for who in wanted.principals]
        return onboarding_template(wanted.managing_entra_id, wanted.offer, wanted.description, principals, wanted.roles)

    def _onboarded(self, entra_ids: Sequence[UUID]) -> dict[UUID, MicrosoftTenant]:
        query = select(MicrosoftTenant).where(
            MicrosoftTenant.entra_tenant_id.in_(entra_ids), MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED
        )
        return {row.entra_tenant_id: row for row in self.work.session.scalars(query) if self.work.actor.reaches(row.id)}


def remember(work: Work, managing_id: UUID, seen: Sequence[Seen]) -> None:
    """Replaces what was listed before: a delegation that is gone is gone."""
    managing, now = work.session.one(MicrosoftTenant, managing_id), work.clock.now()
    work.session.execute(delete(DelegatedSubscription).where(DelegatedSubscription.microsoft_tenant_id == managing_id))
    for item in seen:
        row: dict[str, Any] = {name: getattr(item, name) for name in Seen.__slots__}
        work.session.add(DelegatedSubscription(microsoft_tenant_id=managing_id, seen_at=now, **row))
    managing.notes = {**managing.notes, _LISTED: now.isoformat()}


def _listed_at(managing: MicrosoftTenant) -> datetime | None:
    text = managing.notes.get(_LISTED)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _customer(
    managing_id: UUID, entra_id: UUID, rows: Sequence[DelegatedSubscription], known: MicrosoftTenant | None
) -> CustomerOut:
    return CustomerOut(
        entra_tenant_id=entra_id,
        name=next((row.customer_name for row in rows if row.customer_name), None),
        managing_id=managing_id,
        seen_at=rows[0].seen_at,
        subscriptions=[
            DelegatedSubscriptionOut(
                subscription_id=row.subscription_key, display_name=row.display_name, state=row.state
            )
            for row in rows
        ],
        microsoft_tenant_id=known.id if known else None,
        microsoft_tenant_name=known.name if known else None,
    )
