"""Giving a Microsoft tenant a user credential, and forgetting it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE
from tenantry.kit.errors import Conflict
from tenantry.platform.work import Work
from tenantry.posture.user_credentials.models import UserCredential
from tenantry.posture.user_credentials.schemas import UserCredentialIn


def user_credential_of(work: Work, microsoft_tenant_id: UUID) -> UserCredential | None:
    query = select(UserCredential).where(UserCredential.microsoft_tenant_id == microsoft_tenant_id)
    return work.session.scalars(query).one_or_none()


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """Those of the actor's Microsoft tenants."""

    work: Work

    def give(self, microsoft_tenant_id: UUID, wanted: UserCredentialIn) -> UserCredential:
        """Replaces the one that is there. Raises NotFound, and Conflict where no scan could use it."""
        tenant = self._manage(microsoft_tenant_id)
        if tenant.access is Access.LIGHTHOUSE:
            raise Conflict(why="it is reached through Lighthouse, which no scan can use")
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded; onboard it again instead")
        forget_user_credential(self.work, tenant.id)
        stored = self.work.vault.store(wanted.password)
        self.work.session.flush()
        row = UserCredential(
            microsoft_tenant_id=tenant.id,
            username=wanted.username,
            stored_secret_id=stored.id,
            created_at=self.work.clock.now(),
        )
        self.work.session.add(row)
        self.work.session.flush()
        return row

    def forget(self, microsoft_tenant_id: UUID) -> bool:
        """Whether there was one. Raises NotFound."""
        return forget_user_credential(self.work, self._manage(microsoft_tenant_id).id)

    def _manage(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        self.work.actor.require(MANAGE, on=microsoft_tenant_id)
        return self.work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")


def forget_user_credential(work: Work, microsoft_tenant_id: UUID) -> bool:
    """Whether there was one. Row and sealed password go together."""
    row = user_credential_of(work, microsoft_tenant_id)
    if row is None:
        return False
    work.session.delete(row)
    work.session.flush()
    work.vault.forget(row.stored_secret_id)
    return True
