"""From a Microsoft tenant's row to a connection: its credential is resolved, its cloud opened, once per event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.microsoft_apis.budgets import knows, watch
from tenantry.estate.microsoft_apis.hearing import About, Hearing
from tenantry.estate.models import Access, Credential, CredentialKind, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import Conflict
from tenantry.kit.references import Reference, Scheme
from tenantry.kit.secret import Secret
from tenantry.microsoft import (
    Certificate,
    ClientSecret,
    Connection,
    Federated,
    ManagedIdentity,
    Microsoft,
    Priority,
    RedisStore,
    cloud_named,
)
from tenantry.microsoft import Credential as MicrosoftCredential
from tenantry.platform.notify.courier import Courier
from tenantry.platform.work import Platform, Work
from tenantry.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis


class NoCredential(Conflict):
    """{name} has no credential. Add one under its settings, then test the connection."""


@dataclass(frozen=True, slots=True)
class Reach:
    """All that is needed to connect, read in one transaction; the secret is resolved later, outside of it."""

    microsoft_tenant_id: UUID
    name: str
    cloud: str
    entra_tenant_id: str
    """Where tokens are asked for: the tenant itself, or the one that manages it through Lighthouse."""
    home_tenant_id: str
    """Whose data it is."""
    access: Access
    lifecycle: Lifecycle
    kind: CredentialKind
    client_id: str
    reference: str | None
    secret: Secret | None
    tenant_id: UUID | None = None
    """None for a Microsoft tenant that is in a file, and in no database."""

    @property
    def about(self) -> About | None:
        """Who is told of how Microsoft answers."""
        return About(self.tenant_id, self.microsoft_tenant_id) if self.tenant_id is not None else None


def reach_of(work: Work, microsoft_tenant_id: UUID) -> Reach:
    """Raises NotFound, and NoCredential for a tenant that cannot be reached."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    through = (
        work.session.one(MicrosoftTenant, tenant.managing_id)
        if tenant.access is Access.LIGHTHOUSE and tenant.managing_id
        else tenant
    )
    query = select(Credential).where(Credential.microsoft_tenant_id == through.id)
    credential = work.session.scalars(query).one_or_none()
    if credential is None:
        raise NoCredential(name=through.name, why="")
    secret = work.vault.open(credential.stored_secret_id) if credential.stored_secret_id else None
    return Reach(
        microsoft_tenant_id=tenant.id,
        name=tenant.name,
        cloud=tenant.cloud,
        entra_tenant_id=str(through.entra_tenant_id),
        home_tenant_id=str(tenant.entra_tenant_id),
        access=tenant.access,
        lifecycle=tenant.lifecycle,
        kind=credential.kind,
        client_id=credential.client_id,
        reference=credential.reference,
        secret=secret,
        tenant_id=work.session.tenant_id,
    )


@dataclass(slots=True)
class Gateway:
    """Opens connections. Belongs to one event loop; `close` ends its connection pools."""

    simulator_url: str
    redis_url: Secret | None = None
    """Where nodes share their budgets; without it each process keeps to the limits by itself."""
    courier: Courier = field(default_factory=Courier)
    """Carries notifications: the other thing that jobs send out."""
    hearing: Hearing = field(default_factory=Hearing)
    _clouds: dict[str, Microsoft] = field(default_factory=dict)
    _redis: "Redis | None" = None
    _is_closed: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.simulator_url, settings.redis_url, Courier.of(settings))

    async def connect(self, reach: Reach, priority: Priority = Priority.BACKGROUND) -> Connection:
        """Raises UnresolvedReference and UpstreamError when the credential cannot be had."""
        microsoft = await self.microsoft(reach.cloud)
        credential = await self._credential(reach, microsoft)
        knows(reach.entra_tenant_id)
        return microsoft.tenant(reach.entra_tenant_id, credential, priority=priority, about=reach.about)

    async def microsoft(self, cloud: str) -> Microsoft:
        if self._is_closed:  # the worker is stopping; what asks now goes on at its next start
            raise asyncio.CancelledError
        if cloud not in self._clouds:
            store, opened_cloud = self._shared_budgets(cloud), cloud_named(cloud, self.simulator_url)
            opened = Microsoft(opened_cloud, store=store, observer=self.hearing)
            self._clouds[cloud] = opened
            await opened.__aenter__()
            watch(opened.budgets.store)
        return self._clouds[cloud]

    def tend(self, platform: Platform) -> None:
        """Writes down how Microsoft has answered lately."""
        self.hearing.write_down(platform)

    async def close(self) -> None:
        self._is_closed = True
        await self.courier.close()
        for microsoft in self._clouds.values():
            await microsoft.__aexit__(None, None, None)
        self._clouds.clear()
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    async def secret_of(self, reach: Reach) -> Secret:
        """The client secret, or the PEM of the certificate, for what signs in by itself.

        Raises UnresolvedReference and UpstreamError when it cannot be had.
        """
        return reach.secret or await self._resolve(reach.reference or "", await self.microsoft(reach.cloud))

    async def delegated_subscriptions(self, connection: Connection, home_tenant_id: str) -> Sequence[str]:
        """The subscriptions of a customer that its managing tenant sees through Lighthouse."""
        found = connection.arm.items("/subscriptions", "2022-12-01")
        return [item["subscriptionId"] async for item in found if item.get("tenantId") == home_tenant_id]

    def _shared_budgets(self, cloud: str) -> RedisStore | None:
        if self.redis_url is None:
            return None
        from redis.asyncio import Redis  # takes long to import, and most installations have none

        self._redis = self._redis or Redis.from_url(self.redis_url.reveal())
        return RedisStore(self._redis, cloud)

    async def _credential(self, reach: Reach, microsoft: Microsoft) -> MicrosoftCredential:
        if reach.kind is CredentialKind.MANAGED_IDENTITY:
            return ManagedIdentity(reach.client_id or None)
        if reach.kind is CredentialKind.FEDERATED:
            return Federated(reach.client_id, lambda: self._assertion(reach, microsoft))
        secret = await self.secret_of(reach)
        if reach.kind is CredentialKind.CERTIFICATE:
            return Certificate.from_pem(reach.client_id, secret)
        return ClientSecret(reach.client_id, secret)

    async def _assertion(self, reach: Reach, microsoft: Microsoft) -> Secret:
        """A token of another issuer from its file, or of this machine's managed identity."""
        if reach.reference:
            return await self._resolve(reach.reference, microsoft)
        own = await microsoft.tokens.get("common", ManagedIdentity(), "api://AzureADTokenExchange")
        return own.value

    async def _resolve(self, text: str, microsoft: Microsoft) -> Secret:
        reference = Reference.parse(text, "credential.reference")
        if reference.scheme is Scheme.KEYVAULT:
            return await microsoft.own_key_vault().secret(reference.target)
        return reference.resolve_local()
