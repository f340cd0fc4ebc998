"""What the public DNS says about mail of the verified domains: SPF and DMARC."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from tenantry.microsoft import Connection, Page
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import Steps, page_of


async def _records(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    domains = [
        item["id"] async for item in connection.graph.items("/domains?$select=id,isVerified") if item["isVerified"]
    ]
    yield page_of(await asyncio.gather(*(connection.dns.mail_records(domain) for domain in domains)))


MAIL_RECORDS = dataset(
    Dataset(
        "dns.mail_records",
        "SPF and DMARC",
        Needs.ENTRA,
        Steps("DNS TXT {domain}; DNS TXT _dmarc.{domain}", _records),
        ("Domain.Read.All",),
        "SPF and DMARC of the verified domains",
        every=timedelta(hours=24),
    )
)
"""One item per domain: its `id`, `spf` with `state, records, followed, holding`, `dmarc` with `state, records, at`.

A state is `found`, `absent` or `unanswered`. `followed` are the domains `redirect=` led to, `holding` is the record set
at the end of them (`{"state", "records"}`), `at` is the domain whose DMARC record holds.
"""
