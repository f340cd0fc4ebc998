"""Clients of Microsoft's clouds. They know nothing of our tables.

async with Microsoft(PUBLIC) as microsoft:
    connection = microsoft.tenant(entra_tenant_id, ClientSecret(client_id, secret))
    async for page in connection.graph.pages("/users?$top=999"):
        ...
"""

from tenantry.microsoft.batch import BatchItem
from tenantry.microsoft.calls import INTERACTIVE, Observer, RetryPolicy
from tenantry.microsoft.clouds import CHINA, PUBLIC, US_DOD, US_GOV, Cloud, cloud_named, simulator
from tenantry.microsoft.connection import Connection, HttpLimits, Microsoft
from tenantry.microsoft.credentials import (
    Certificate,
    ClientSecret,
    Credential,
    Delegated,
    Federated,
    ManagedIdentity,
    assertion_in,
)
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.exchange import Cmdlet
from tenantry.microsoft.limits import Priority
from tenantry.microsoft.paging import Page
from tenantry.microsoft.shared_budgets import RedisStore

__all__ = [
    "CHINA",
    "INTERACTIVE",
    "PUBLIC",
    "US_DOD",
    "US_GOV",
    "BatchItem",
    "Certificate",
    "ClientSecret",
    "Cloud",
    "Cmdlet",
    "Connection",
    "Credential",
    "Delegated",
    "Federated",
    "HttpLimits",
    "Kind",
    "ManagedIdentity",
    "Microsoft",
    "Observer",
    "Page",
    "Priority",
    "RedisStore",
    "RetryPolicy",
    "UpstreamError",
    "assertion_in",
    "cloud_named",
    "simulator",
]
