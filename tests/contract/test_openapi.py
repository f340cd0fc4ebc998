"""Whatever is sent to the API, fitting the OpenAPI document or not, by Alice or by strangers: it answers, never fails.

The requests are the same in every run: a failure is a fault of the product, not bad luck.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from tests.support import postgres
from tests.support.cast import Cast, assemble
from tests.support.web import served

from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.clock import SettableClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.main import build_app, openapi_document
from tenantry.platform.doors.authentication import session_limits
from tenantry.platform.identity.models import User
from tenantry.platform.jobs import Jobs
from tenantry.platform.sessions.service import Sessions
from tenantry.platform.work import Platform
from tenantry.settings import Settings

schema = schemathesis.openapi.from_dict(openapi_document())
seeded = settings(
    max_examples=10, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True, slots=True)
class Site:
    """A served product with one Microsoft tenant of Alice's."""

    url: str
    platform: Platform
    cast: Cast
    microsoft_tenant_id: UUID
    job_id: UUID

    def token(self) -> str:
        """A session of Alice's; a fresh one, since one of the requests is to sign out."""
        limits = session_limits(Settings())
        with self.platform.databases.identity() as session:
            alice = session.get_one(User, self.cast.alice.user_id)
            sessions = Sessions(session, self.platform.clock, limits)
            return sessions.start(alice, self.cast.alice.tenant_id, "password", ip=None, user_agent=None).reveal()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def urls(
    request: pytest.FixtureRequest, postgres_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseUrls]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("contract") / "tenantry.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield DatabaseUrls.single(f"sqlite:///{path}")
        return
    name = postgres.create_database(postgres_port, request.getfixturevalue("postgres_template"))
    yield postgres.urls(postgres_port, name)
    postgres.drop_database(postgres_port, name)


@pytest.fixture(scope="module")
def site(urls: DatabaseUrls, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    databases = Databases(urls)
    platform = Platform(databases, keyring, SettableClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC)))
    cast = assemble(platform)
    wanted = MicrosoftTenantIn.model_validate(
        {
            "entra_tenant_id": "6f1c1ed2-2a5f-4b0e-9f0b-6f7f2f8f4a11",
            "name": "Contoso",
            "credential": {"kind": "client_secret", "client_id": str(cast.alice.user_id), "reference": "env:CONTOSO"},
        }
    )
    with platform.work(cast.alice.actor) as work:
        tenant = MicrosoftTenants(work).add(wanted, "simulator")
        job = Jobs(work).enqueue("estate.test", {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)
    home: Path = tmp_path_factory.mktemp("home")
    with served(build_app(platform, Settings(home=home))) as url:
        yield Site(url, platform, cast, tenant.id, job.id)
    databases.dispose()


@schema.parametrize()
@seeded
def test_strangers_get_no_server_error(case: schemathesis.Case[Any], site: Site) -> None:
    case.call_and_validate(base_url=site.url, checks=[not_a_server_error])


@schema.parametrize()
@seeded
def test_alice_gets_no_server_error(case: schemathesis.Case[Any], site: Site) -> None:
    """Every other request is about something that exists, so that it comes past "not found"."""
    known = {"microsoft_tenant_id": str(site.microsoft_tenant_id), "job_id": str(site.job_id)}
    for name in known.keys() & case.path_parameters.keys():
        if len(repr(case.query)) % 2:
            case.path_parameters[name] = known[name]
    headers = {"Authorization": f"Bearer {site.token()}"}
    case.call_and_validate(base_url=site.url, headers=headers, checks=[not_a_server_error])
