"""The front: one `Microsoft` per process and cloud, one `Connection` per Microsoft tenant and use."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from tenantry.kit.secret import Secret
from tenantry.microsoft.arm import ArmClient
from tenantry.microsoft.budgets import Budgets
from tenantry.microsoft.calls import INTERACTIVE, Access, Observer, RetryPolicy
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.credentials import Credential, Federated, ManagedIdentity
from tenantry.microsoft.gate import Gate
from tenantry.microsoft.graph import GraphClient
from tenantry.microsoft.keyvault import KeyVaultClient
from tenantry.microsoft.limits import BudgetStore, Priority
from tenantry.microsoft.resource_graph import ResourceGraphClient
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
    ) -> None:
        self.cloud = cloud
        self._store = store
        self._observer = observer
        self._limits = limits or HttpLimits()

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
    ) -> "Connection":
        """A connection to a Microsoft tenant with a credential; cheap, nothing is sent yet.

        Without a policy of their own, people wait seconds for a service in trouble, scheduled work waits minutes.
        """
        patience = INTERACTIVE if priority is Priority.INTERACTIVE else RetryPolicy()
        return Connection(self, Access(entra_tenant_id, credential, priority, policy or patience))

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
    def resource_graph(self) -> ResourceGraphClient:
        return ResourceGraphClient(self.microsoft.cloud, self.microsoft.transport, self.access)

    async def token(self, audience: str) -> AccessToken:
        """A token for one of the cloud's audiences; the proof that tenant, application and credential fit."""
        return await self.microsoft.tokens.get(self.access.entra_tenant_id, self.access.credential, audience)

    async def permissions(self) -> frozenset[str]:
        """The Graph application permissions that are consented to: the roles of a token."""
        return (await self.token(self.microsoft.cloud.graph_audience)).roles
