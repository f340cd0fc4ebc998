"""Microsoft tenants: adding, changing, pausing, offboarding. Talking to Microsoft is `flows`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.events import tell_offboarding
from tenantry.estate.models import (
    Access,
    Connection,
    Credential,
    CredentialKind,
    ExpirySource,
    Lifecycle,
    MicrosoftTenant,
    Step,
)
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn, MicrosoftTenantStart, OffboardIn
from tenantry.kit.errors import AppError, Conflict, InvalidInput
from tenantry.kit.references import Reference
from tenantry.kit.secret import Secret
from tenantry.microsoft import Certificate, UpstreamError
from tenantry.platform.work import Work

_HINT_LENGTH = 4


class AlreadyOnboarded(Conflict):
    """{name} ({entra_tenant_id}) is onboarded already. To go on with a half-finished onboarding, open it and resume."""


class OnboardedElsewhere(Conflict):
    """Microsoft tenant {entra_tenant_id} is onboarded already, and is not among those you look after."""


class UnknownManagingTenant(AppError):
    """The managing Microsoft tenant {entra_tenant_id} is not onboarded. Onboard it first, with its own credential."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnusableCertificate(AppError):
    """The certificate cannot be used: {why}. Paste the PEM of the certificate together with that of its key."""

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
        """Starts an onboarding. Raises AlreadyOnboarded, UnknownManagingTenant, NotAReference, UnusableCertificate."""
        tenant = self.start(wanted, default_cloud)
        if wanted.credential is not None:
            self._set_credential(tenant, wanted.credential)
        return tenant

    def start(self, wanted: MicrosoftTenantStart, default_cloud: str) -> MicrosoftTenant:
        """The first step: whom, and how; the credential may follow. Raises AlreadyOnboarded, UnknownManagingTenant."""
        self.work.actor.require(MANAGE)
        managing = self._managing(wanted.managed_by)
        tenant = self._reopened(wanted) or self._new(wanted, default_cloud)
        tenant.managing_id = managing.id if managing else None
        tenant.step = Step.TOKEN if managing else Step.CREDENTIALS
        self.work.session.add(tenant)
        self.work.session.flush()
        self.work.audit.record("microsoft_tenant.onboarding_started", tenant)
        return tenant

    def rename(self, microsoft_tenant_id: UUID, name: str) -> MicrosoftTenant:
        tenant = self._manage(microsoft_tenant_id)
        tenant.name, tenant.name_key = name, name.casefold()[:256]
        return tenant

    def describe(self, microsoft_tenant_id: UUID, description: str | None) -> MicrosoftTenant:
        tenant = self._manage(microsoft_tenant_id)
        tenant.description = description or None
        return tenant

    def replace_credential(self, microsoft_tenant_id: UUID, wanted: CredentialIn) -> MicrosoftTenant:
        """Puts another credential in the place of the current one; the old secret is forgotten."""
        tenant = self._manage(microsoft_tenant_id)
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded; onboard it again instead")
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
        """Ends a pause, whatever there is to go on with. Raises Conflict for an onboarding without a credential."""
        tenant = self._manage(microsoft_tenant_id)
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded; onboard it again instead")
        if tenant.lifecycle is not Lifecycle.PAUSED:
            self.refuse_unreachable(tenant)
        tenant.lifecycle = Lifecycle.ACTIVE if tenant.step is Step.DONE else Lifecycle.ONBOARDING
        return tenant

    def reachable(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        """For what asks Microsoft. Raises Conflict when it is paused, offboarded or has no credential yet."""
        tenant = self._manage(microsoft_tenant_id)
        if tenant.lifecycle in (Lifecycle.OFFBOARDED, Lifecycle.PAUSED):
            raise Conflict(why=f"it is {tenant.lifecycle.value}")
        self.refuse_unreachable(tenant)
        return tenant

    def is_reachable(self, tenant: MicrosoftTenant) -> bool:
        """Whether there is something to ask Microsoft with."""
        return tenant.access is not Access.APP_REGISTRATION or self.credential_of(tenant) is not None

    def refuse_unreachable(self, tenant: MicrosoftTenant) -> None:
        if not self.is_reachable(tenant):
            raise Conflict(why="it has no credential yet; give it one first")

    def offboard(self, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenant:
        """Stops everything and forgets the credential. Purging the data is the caller's next step, in a job."""
        self.work.actor.require(OFFBOARD, on=microsoft_tenant_id)
        tenant = self.work.session.one(MicrosoftTenant, microsoft_tenant_id)
        if wanted.confirm.strip() != tenant.name:
            raise NotConfirmed(name=tenant.name)
        if tenant.lifecycle is Lifecycle.OFFBOARDED:
            raise Conflict(why="it is offboarded already")
        self._refuse_while_managing(tenant)
        self._forget_credential(tenant)
        tell_offboarding(self.work, tenant.id)
        tenant.lifecycle, tenant.offboarded_at = Lifecycle.OFFBOARDED, self.work.clock.now()
        tenant.connection, tenant.problem_code, tenant.problem_message = Connection.UNTESTED, None, None
        tenant.granted_permissions, tenant.missing_permissions = [], []
        self.work.audit.record("microsoft_tenant.offboarded", tenant, data=wanted.data)
        return tenant

    def _manage(self, microsoft_tenant_id: UUID) -> MicrosoftTenant:
        self.work.actor.require(MANAGE, on=microsoft_tenant_id)
        return self.work.session.one(MicrosoftTenant, microsoft_tenant_id)

    def _managing(self, entra_tenant_id: UUID | None) -> MicrosoftTenant | None:
        if entra_tenant_id is None:
            return None
        found = self._by_entra_id(entra_tenant_id)
        if found is None or found.lifecycle is Lifecycle.OFFBOARDED or not self.work.actor.reaches(found.id):
            raise UnknownManagingTenant(entra_tenant_id=entra_tenant_id)
        return found

    def _by_entra_id(self, entra_tenant_id: UUID) -> MicrosoftTenant | None:
        query = select(MicrosoftTenant).where(MicrosoftTenant.entra_tenant_id == entra_tenant_id)
        return self.work.session.scalars(query).one_or_none()

    def _reopened(self, wanted: MicrosoftTenantStart) -> MicrosoftTenant | None:
        """An offboarded tenant comes back as itself, with the history that was kept."""
        known = self._by_entra_id(wanted.entra_tenant_id)
        if known is None:
            return None
        if not self.work.actor.reaches(known.id):
            raise OnboardedElsewhere(entra_tenant_id=known.entra_tenant_id)
        if known.lifecycle is not Lifecycle.OFFBOARDED:
            raise AlreadyOnboarded(
                name=known.name, entra_tenant_id=known.entra_tenant_id, microsoft_tenant_id=known.id, why=""
            )
        known.name, known.name_key, known.access = wanted.name, wanted.name.casefold()[:256], wanted.access
        known.cloud = wanted.cloud or known.cloud
        known.lifecycle, known.offboarded_at = Lifecycle.ONBOARDING, None
        return known

    def _new(self, wanted: MicrosoftTenantStart, default_cloud: str) -> MicrosoftTenant:
        return MicrosoftTenant(
            entra_tenant_id=wanted.entra_tenant_id,
            name=wanted.name,
            name_key=wanted.name.casefold()[:256],
            cloud=wanted.cloud or default_cloud,
            access=wanted.access,
            lifecycle=Lifecycle.ONBOARDING,
            step=Step.CREDENTIALS,
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
        hint, expires_at, source = _known_of(wanted)
        self._forget_credential(tenant)
        if tenant.step is Step.CREDENTIALS:
            tenant.step = Step.TOKEN
        stored = self.work.vault.store(wanted.value) if wanted.value else None
        self.work.session.flush()
        self.work.session.add(
            Credential(
                microsoft_tenant_id=tenant.id,
                kind=wanted.kind,
                client_id=str(wanted.client_id or ""),
                reference=wanted.reference,
                stored_secret_id=stored.id if stored else None,
                hint=hint,
                expires_at=expires_at,
                expiry_source=source,
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


def _known_of(wanted: CredentialIn) -> tuple[str | None, datetime | None, ExpirySource | None]:
    """How people recognise the credential, when it ends, and who says so. Raises UnusableCertificate."""
    given = (wanted.expires_at, ExpirySource.GIVEN if wanted.expires_at else None)
    if wanted.value is None:
        return None, *given
    if wanted.kind is CredentialKind.CLIENT_SECRET:
        return _hint(wanted.value), *given
    try:
        certificate = Certificate.from_pem(str(wanted.client_id), wanted.value)
    except UpstreamError as error:
        raise UnusableCertificate(why=error.message) from error
    ends = datetime.fromtimestamp(certificate.not_after, UTC)
    return f"thumbprint {certificate.thumbprint}", ends, ExpirySource.CERTIFICATE


def _hint(value: Secret) -> str:
    """Enough to recognise a secret by, and not more."""
    return f"…{value.reveal()[-_HINT_LENGTH:]}" if len(value.reveal()) >= 4 * _HINT_LENGTH else "…"
