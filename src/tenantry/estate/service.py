"""Microsoft tenants: adding, changing, pausing, offboarding. Talking to Microsoft is `flows`."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import (
    Access,
    Connection,
    Credential,
    CredentialKind,
    Lifecycle,
    MicrosoftTenant,
    Step,
)
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn, OffboardIn
from tenantry.kit.errors import AppError, Conflict, InvalidInput
from tenantry.kit.references import Reference
from tenantry.kit.secret import Secret
from tenantry.platform.work import Work

_HINT_LENGTH = 4


class AlreadyOnboarded(Conflict):
    """{name} ({entra_tenant_id}) is onboarded already. To go on with a half-finished onboarding, open it and resume."""


class UnknownManagingTenant(AppError):
    """The managing Microsoft tenant {entra_tenant_id} is not onboarded. Onboard it first, with its own credential."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotConfirmed(AppError):
    """Type the name of the Microsoft tenant, {name}, to confirm that it is to be offboarded."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class MicrosoftTenants:
    """The Microsoft tenants of the actor's tenant, within the actor's scope."""

    work: Work

    def get(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        """Raises NotFound for what does not exist, is another tenant's, or is outside the actor's scope."""
        self.work.actor.require(READ, on=microsoft_tenant_id)
        return self.work.session.one(MicrosoftTenant, microsoft_tenant_id)

    def credential_of(self, tenant: MicrosoftTenant) -> Credential | None:
        query = select(Credential).where(Credential.microsoft_tenant_id == tenant.id)
        return self.work.session.scalars(query).one_or_none()

    def add(self, wanted: MicrosoftTenantIn, default_cloud: str) -> MicrosoftTenant:
        """Starts an onboarding. Raises AlreadyOnboarded, UnknownManagingTenant, NotAReference."""
        self.work.actor.require(MANAGE)
        managing = self._managing(wanted.managed_by)
        tenant = self._reopened(wanted) or self._new(wanted, default_cloud)
        tenant.managing_id = managing.id if managing else None
        self.work.session.add(tenant)
        self.work.session.flush()
        if wanted.credential is not None:
            self._set_credential(tenant, wanted.credential)
        self.work.audit.record("microsoft_tenant.onboarding_started", tenant)
        return tenant

    def rename(self, microsoft_tenant_id: UUID, name: str) -> MicrosoftTenant:
        tenant = self._manage(microsoft_tenant_id)
        tenant.name, tenant.name_key = name, name.casefold()[:256]
        return tenant

    def replace_credential(self, microsoft_tenant_id: UUID, wanted: CredentialIn) -> MicrosoftTenant:
        """Puts another credential in the place of the current one; the old secret is forgotten."""
        tenant = self._manage(microsoft_tenant_id)
        self._set_credential(tenant, wanted)
        tenant.connection, tenant.problem_code, tenant.problem_message = Connection.UNTESTED, None, None
        return tenant

    def pause(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        """Stops collecting until it is resumed. What is known stays, and ages visibly."""
        tenant = self._manage(microsoft_tenant_id)
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded")
        tenant.lifecycle = Lifecycle.PAUSED
        return tenant

    def resume(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        tenant = self._manage(microsoft_tenant_id)
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded; onboard it again instead")
        tenant.lifecycle = Lifecycle.ACTIVE if tenant.step is Step.DONE else Lifecycle.ONBOARDING
        return tenant

    def offboard(self, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenant:
        """Stops everything and forgets the credential. Purging the data is the caller's next step, in a job."""
        self.work.actor.require(OFFBOARD, on=microsoft_tenant_id)
        tenant = self.work.session.one(MicrosoftTenant, microsoft_tenant_id)
        if wanted.confirm.strip() != tenant.name:
            raise NotConfirmed(name=tenant.name)
        self._refuse_while_managing(tenant)
        self._forget_credential(tenant)
        tenant.lifecycle, tenant.offboarded_at = Lifecycle.OFFBOARDED, self.work.clock.now()
        tenant.connection, tenant.granted_permissions = Connection.UNTESTED, []
        self.work.audit.record("microsoft_tenant.offboarded", tenant, data=wanted.data)
        return tenant

    def _manage(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        self.work.actor.require(MANAGE, on=microsoft_tenant_id)
        return self.work.session.one(MicrosoftTenant, microsoft_tenant_id)

    def _managing(self, entra_tenant_id: UUID | None) -> MicrosoftTenant | None:
        if entra_tenant_id is None:
            return None
        found = self._by_entra_id(entra_tenant_id)
        if found is None or found.lifecycle is Lifecycle.OFFBOARDED:
            raise UnknownManagingTenant(entra_tenant_id=entra_tenant_id)
        return found

    def _by_entra_id(self, entra_tenant_id: UUID) -> MicrosoftTenant | None:
        query = select(MicrosoftTenant).where(MicrosoftTenant.entra_tenant_id == entra_tenant_id)
        return self.work.session.scalars(query).one_or_none()

    def _reopened(self, wanted: MicrosoftTenantIn) -> MicrosoftTenant | None:
        """An offboarded tenant comes back as itself, with the history that was kept."""
        known = self._by_entra_id(wanted.entra_tenant_id)
        if known is None:
            return None
        if known.lifecycle is not Lifecycle.OFFBOARDED:
            raise AlreadyOnboarded(name=known.name, entra_tenant_id=known.entra_tenant_id, why="")
        known.name, known.name_key, known.access = wanted.name, wanted.name.casefold()[:256], wanted.access
        known.lifecycle, known.step, known.offboarded_at = Lifecycle.ONBOARDING, Step.TOKEN, None
        return known

    def _new(self, wanted: MicrosoftTenantIn, default_cloud: str) -> MicrosoftTenant:
        return MicrosoftTenant(
            entra_tenant_id=wanted.entra_tenant_id,
            name=wanted.name,
            name_key=wanted.name.casefold()[:256],
            cloud=wanted.cloud or default_cloud,
            access=wanted.access,
            lifecycle=Lifecycle.ONBOARDING,
            step=Step.TOKEN,
            connection=Connection.UNTESTED,
            granted_permissions=[],
            missing_permissions=[],
            notes={},
            created_at=self.work.clock.now(),
        )

    def _set_credential(self, tenant: MicrosoftTenant, wanted: CredentialIn) -> None:
        if wanted.reference is not None:
            Reference.parse(wanted.reference, "credential.reference")
        if tenant.access is Access.LIGHTHOUSE:
            raise InvalidInput(why="behind Lighthouse the managing tenant's credential is used")
        self._forget_credential(tenant)
        stored = self.work.vault.store(wanted.value) if wanted.value else None
        self.work.session.flush()
        self.work.session.add(
            Credential(
                microsoft_tenant_id=tenant.id,
                kind=wanted.kind,
                client_id=str(wanted.client_id or ""),
                reference=wanted.reference,
                stored_secret_id=stored.id if stored else None,
                hint=_hint(wanted.kind, wanted.value),
                expires_at=wanted.expires_at,
                created_at=self.work.clock.now(),
            )
        )

    def _forget_credential(self, tenant: MicrosoftTenant) -> None:
        old = self.credential_of(tenant)
        if old is None:
            return
        stored = old.stored_secret_id
        self.work.session.delete(old)
        self.work.session.flush()
        if stored is not None:
            self.work.vault.forget(stored)

    def _refuse_while_managing(self, tenant: MicrosoftTenant) -> None:
        query = select(MicrosoftTenant.name).where(
            MicrosoftTenant.managing_id == tenant.id, MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED
        )
        if managed := self.work.session.scalars(query).all():
            raise Conflict(why=f"{', '.join(managed[:5])} is reached through it; offboard that first")


def _hint(kind: CredentialKind, value: Secret | None) -> str | None:
    """Enough to recognise a secret by, and not more."""
    if value is None or kind is not CredentialKind.CLIENT_SECRET:
        return None
    return f"…{value.reveal()[-_HINT_LENGTH:]}" if len(value.reveal()) >= 4 * _HINT_LENGTH else "…"
