"""The front: one `Microsoft` per process and cloud, one `Connection` per Microsoft tenant and use."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from tenantry.microsoft.arm import ArmClient, ResourceGraphClient
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.credentials import Credential, ManagedIdentity
from tenantry.microsoft.graph import GraphClient
from tenantry.microsoft.keyvault import KeyVaultClient
from tenantry.microsoft.limits import Budgets, BudgetStore, Priority
from tenantry.microsoft.tokens import AccessToken, Tokens
from tenantry.microsoft.transport import USER_AGENT, Access, Observer, RetryPolicy, Transport


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How many connections are kept, in all and to one host."""

    connections: int = 128
    per_host: int = 64


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
        connector = aiohttp.TCPConnector(limit=self._limits.connections, limit_per_host=self._limits.per_host)
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=120, sock_connect=20),
        )
        self.tokens = Tokens(self.cloud, self._session)
        self.budgets = Budgets(self._store)
        self.transport = Transport(self._session, self.tokens, self.budgets, observer=self._observer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def tenant(
        self,
        entra_tenant_id: str,
        credential: Credential,
        *,
        priority: Priority = Priority.BACKGROUND,
        policy: RetryPolicy | None = None,
    ) -> "Connection":
        """A connection to a Microsoft tenant with a credential; cheap, nothing is sent yet."""
        return Connection(self, Access(entra_tenant_id, credential, priority, policy or RetryPolicy()))

    def own_key_vault(self) -> KeyVaultClient:
        """Key Vault as the managed identity of this machine."""
        access = Access("common", ManagedIdentity(), Priority.INTERACTIVE)
        return KeyVaultClient(self.cloud, self.transport, access)


@dataclass(frozen=True, slots=True)
class Connection:
    """All services of one Microsoft tenant for one application."""

    microsoft: Microsoft
    access: Access

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
        return await self.microsoft.tokens.get(self.access.entra_tenant_id, self.access.credential, audience)

    async def permissions(self) -> frozenset[str]:
        """The Graph application permissions that are consented to: the roles of a token."""
        return (await self.token(self.microsoft.cloud.graph_audience)).roles
