"""The front: one `Microsoft` per process and cloud, one `Connection` per Microsoft tenant and use."""

from collections.abc import Hashable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from tenantry.kit.secret import Secret
from tenantry.microsoft.arm import ArmClient
from tenantry.microsoft.budgets import Budgets
from tenantry.microsoft.calls import INTERACTIVE, Access, Observer, RetryPolicy
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.cost import CostClient, CostDialect, CostWaits
from tenantry.microsoft.credentials import Credential, Federated, ManagedIdentity
from tenantry.microsoft.dns import DnsClient
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.exchange import SYSTEM_MAILBOX, ExchangeClient, region_of
from tenantry.microsoft.gate import Gate
from tenantry.microsoft.graph import GraphClient
from tenantry.microsoft.keyvault import KeyVaultClient
from tenantry.microsoft.limits import BudgetStore, Priority
from tenantry.microsoft.policy import PolicyClient, PolicyDialect
from tenantry.microsoft.resource_graph import ResourceGraphClient
from tenantry.microsoft.services import FabricClient, SharePointClient, TeamsClient
from tenantry.microsoft.tokens import AccessToken, Tokens
from tenantry.microsoft.transport import USER_AGENT, Transport


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How many requests are under way at once: in all, of one Microsoft tenant, and kept free for waiting people."""

    connections: int = 64
    per_tenant: int = 16
    reserved: int = 8


class Microsoft:
    """Owns the connection pool, the tokens, the budgets. Use it as an async context manager."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        store: BudgetStore | None = None,
        observer: Observer | None = None,
        limits: HttpLimits | None = None,
        cost_waits: CostWaits | None = None,
    ) -> None:
        self.cloud = cloud
        self.cost_waits = cost_waits or CostWaits()
        self._store = store
        self._observer = observer
        self._limits = limits or HttpLimits()
        self.dns = DnsClient(cloud.dns)
        self.places: dict[tuple[str, str], str] = {}
        """What never changes about a Microsoft tenant: (what, id) → its initial domain, its region."""

    async def __aenter__(self) -> Self:
        # The gate hands out the connections; the pool itself only has to be large enough, token requests included.
        connector = aiohttp.TCPConnector(limit=self._limits.connections * 2)
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=20),
        )
        self.tokens = Tokens(self.cloud, self._session)
        self.budgets = Budgets(self._store)
        gate = Gate(self._limits.connections, self._limits.per_tenant, self._limits.reserved)
        self.transport = Transport(self._session, self.tokens, self.budgets, gate, observer=self._observer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.tokens.close()
        await self.budgets.close()
        await self._session.close()

    def tenant(
        self,
        entra_tenant_id: str,
        credential: Credential,
        *,
        priority: Priority = Priority.BACKGROUND,
        policy: RetryPolicy | None = None,
        about: Hashable = None,
    ) -> "Connection":
        """A connection to a Microsoft tenant with a credential; cheap, nothing is sent yet.

        Without a policy of their own, people wait seconds for a service in trouble, scheduled work waits minutes.
        """
        patience = INTERACTIVE if priority is Priority.INTERACTIVE else RetryPolicy()
        return Connection(self, Access(entra_tenant_id, credential, priority, policy or patience, about))

    def federated(self, client_id: str, identity: ManagedIdentity | None = None) -> Federated:
        """The credential of an application that trusts this machine's managed identity: nothing to keep secret."""
        machine = self.tenant("common", identity or ManagedIdentity(), priority=Priority.INTERACTIVE)

        async def assertion() -> Secret:
            return (await machine.token(self.cloud.federation_audience)).value

        return Federated(client_id, assertion)

    def own_key_vault(self) -> KeyVaultClient:
        """Key Vault as the managed identity of this machine. Whatever needs a secret waits for it, so not for long."""
        access = Access("common", ManagedIdentity(), Priority.INTERACTIVE, INTERACTIVE)
        return KeyVaultClient(self.cloud, self.transport, access)


@dataclass(frozen=True, slots=True)
class Connection:
    """All services of one Microsoft tenant for one application."""

    microsoft: Microsoft
    access: Access

    @property
    def key_vault(self) -> KeyVaultClient:
        return KeyVaultClient(self.microsoft.cloud, self.microsoft.transport, self.access)

    @property
    def graph(self) -> GraphClient:
        return GraphClient(self.microsoft.cloud, self.microsoft.transport, self.access)

    @property
    def arm(self) -> ArmClient:
        return ArmClient(self.microsoft.cloud, self.microsoft.transport, self.access)

    @property
    def policy(self) -> PolicyClient:
        return PolicyClient(ArmClient(self.microsoft.cloud, self.microsoft.transport, self.access, PolicyDialect()))

    @property
    def resource_graph(self) -> ResourceGraphClient:
        return ResourceGraphClient(self.microsoft.cloud, self.microsoft.transport, self.access)

    @property
    def cost(self) -> CostClient:
        dialect = CostDialect(self.microsoft.cost_waits)
        return CostClient(self.microsoft.cloud, self.microsoft.transport, self.access, dialect)

    @property
    def dns(self) -> DnsClient:
        return self.microsoft.dns

    @property
    def exchange(self) -> ExchangeClient:
        cloud, tenant = self.microsoft.cloud, self.access.entra_tenant_id
        anchor = f"APP:{SYSTEM_MAILBOX}@{tenant}"
        return ExchangeClient(cloud.exchange, cloud.exchange_audience, anchor, self.microsoft.transport, self.access)

    @property
    def teams(self) -> TeamsClient:
        cloud = self.microsoft.cloud
        return TeamsClient(cloud.teams, cloud.teams_audience, self.microsoft.transport, self.access)

    @property
    def fabric(self) -> FabricClient:
        cloud = self.microsoft.cloud
        return FabricClient(cloud.fabric, cloud.fabric_audience, self.microsoft.transport, self.access)

    async def sharepoint(self) -> SharePointClient:
        """The administration site, which is named after the initial domain."""
        cloud, name = (
            self.microsoft.cloud,
            (await self.initial_domain()).removesuffix(self.microsoft.cloud.initial_suffix),
        )
        return SharePointClient(
            cloud.sharepoint.format(name=name),
            cloud.sharepoint_audience.format(name=name),
            self.microsoft.transport,
            self.access,
        )

    async def compliance(self) -> ExchangeClient:
        """Security & Compliance in the region of the Microsoft tenant, which is asked for once."""
        cloud, tenant = self.microsoft.cloud, self.access.entra_tenant_id
        known = self.microsoft.places
        if (region := known.get(("region", tenant))) is None:
            region = await region_of(
                cloud.compliance, cloud.compliance_audience, tenant, self.microsoft.transport, self.access
            )
            known["region", tenant] = region
        anchor = f"UPN:{SYSTEM_MAILBOX}@{await self.initial_domain()}"
        return ExchangeClient(region, cloud.compliance_audience, anchor, self.microsoft.transport, self.access)

    async def initial_domain(self) -> str:
        """The domain the Microsoft tenant was born with. Raises UpstreamError(MALFORMED) when Graph names none."""
        known, key = self.microsoft.places, ("initial domain", self.access.entra_tenant_id)
        if key not in known:
            async for item in self.graph.items("/organization?$select=id,verifiedDomains"):
                for domain in item.get("verifiedDomains") or ():
                    if domain.get("isInitial"):
                        known[key] = domain["name"]
        if key not in known:
            raise UpstreamError(Kind.MALFORMED, "graph", "the organization has no initial domain")
        return known[key]

    async def token(self, audience: str) -> AccessToken:
        """A token for one of the cloud's audiences; the proof that tenant, application and credential fit."""
        access, observer = self.access, self.microsoft.transport.observer
        try:
            token = await self.microsoft.tokens.get(access.entra_tenant_id, access.credential, audience)
        except UpstreamError as error:
            observer.ended("entra", access, error)
            raise
        observer.ended("entra", access, None)
        return token

    async def permissions(self) -> frozenset[str]:
        """The Graph application permissions that are consented to: the roles of a token."""
        return (await self.token(self.microsoft.cloud.graph_audience)).roles
