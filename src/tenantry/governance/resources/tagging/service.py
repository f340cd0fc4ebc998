"""Deciding which tags are asked for: in the whole organisation, and in one Microsoft tenant otherwise."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.permissions import GOVERN, READ
from tenantry.governance.resources.tagging.judging import policy_of
from tenantry.governance.resources.tagging.models import TaggingPolicy
from tenantry.governance.resources.tagging.schemas import TaggingPolicyIn
from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Forbidden, NotFound
from tenantry.platform.jobs import Jobs
from tenantry.platform.work import Work

JUDGE_JOB: Final = "governance.tags"


@dataclass(frozen=True, slots=True)
class TaggingPolicies:
    """The default of the organisation (None) and the policies of Microsoft tenants."""

    work: Work

    def in_force(self, microsoft_tenant_id: UUID | None) -> TaggingPolicy | None:
        """Raises NotFound for a Microsoft tenant that is not there, or outside the actor's scope."""
        self.work.actor.require(READ, on=microsoft_tenant_id)
        self._look_up(microsoft_tenant_id)
        return policy_of(self.work.session, microsoft_tenant_id)

    def change(self, microsoft_tenant_id: UUID | None, wanted: TaggingPolicyIn) -> TaggingPolicy:
        """Replaces the policy as a whole; what is known is judged by it at once, in a job.

        Raises NotFound, and Forbidden for the default where the actor is limited to some Microsoft tenants.
        """
        row = self._own(microsoft_tenant_id)
        if row is None:
            row = TaggingPolicy(microsoft_tenant_id=microsoft_tenant_id)
            self.work.session.add(row)
        row.rules = [rule.model_dump(mode="json") for rule in wanted.rules]
        row.inherits, row.excluded_types = wanted.inherits, sorted(set(wanted.excluded_types))
        self.work.session.flush()
        self._judge(microsoft_tenant_id)
        return row

    def withdraw(self, microsoft_tenant_id: UUID | None) -> None:
        """The default holds again; without a default nothing is asked. Raises NotFound where there is none."""
        row = self._own(microsoft_tenant_id)
        if row is None:
            raise NotFound(what="tagging policy")
        self.work.session.delete(row)
        self.work.session.flush()
        self._judge(microsoft_tenant_id)

    def _own(self, microsoft_tenant_id: UUID | None) -> TaggingPolicy | None:
        self.work.actor.require(GOVERN, on=microsoft_tenant_id)
        if microsoft_tenant_id is None and self.work.actor.scope is not None:
            raise Forbidden(permission=f"{GOVERN.name} on all Microsoft tenants")
        self._look_up(microsoft_tenant_id)
        query = select(TaggingPolicy)
        query = (
            query.where(TaggingPolicy.microsoft_tenant_id.is_(None))
            if microsoft_tenant_id is None
            else query.where(TaggingPolicy.microsoft_tenant_id == microsoft_tenant_id)
        )
        return self.work.session.scalars(query.with_for_update()).one_or_none()

    def _look_up(self, microsoft_tenant_id: UUID | None) -> None:
        if microsoft_tenant_id is None:
            return
        query = select(MicrosoftTenant.id).where(MicrosoftTenant.id == microsoft_tenant_id)
        if self.work.session.scalars(query).one_or_none() is None:
            raise missing(MicrosoftTenant, "Microsoft tenant")

    def _judge(self, microsoft_tenant_id: UUID | None) -> None:
        """Without a subject: a job that began by the policy of before must not keep this one from being asked for."""
        arguments = {} if microsoft_tenant_id is None else {"microsoft_tenant_id": str(microsoft_tenant_id)}
        Jobs(self.work).enqueue(JUDGE_JOB, arguments)
