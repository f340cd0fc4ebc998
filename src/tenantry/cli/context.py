"""What every command shares: settings, the opened platform, output as text or JSON, errors as exit codes."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from sqlalchemy import select

from tenantry.kit.db import PLATFORM_TENANT_ID, GlobalSession
from tenantry.kit.errors import AppError, InvalidInput, NotFound
from tenantry.kit.logging import configure_logging
from tenantry.platform.opening import open_platform
from tenantry.platform.provisioning.service import tenant_by_slug
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform, Work
from tenantry.settings import Settings

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2

console = Console(stderr=False)
messages = Console(stderr=True)


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turns an AppError into its sentence on standard error: exit code 2 for what the caller gave, 1 for the rest."""
    try:
        yield
    except AppError as error:
        messages.print(f"[red]{error.code}[/red] ", end="")
        messages.print(error.detail, markup=False, highlight=False)
        usage = isinstance(error, InvalidInput | NotFound)
        raise typer.Exit(EXIT_USAGE if usage else EXIT_FAILED) from error


@contextmanager
def opened_platform() -> Iterator[tuple[Platform, Settings]]:
    """The platform of this machine's settings; its log lines go to standard error."""
    settings = Settings()
    configure_logging("WARNING", json=False)
    with reporting_errors():
        platform = open_platform(settings)
        try:
            yield platform, settings
        finally:
            platform.databases.dispose()


@contextmanager
def operator_work(tenant_slug: str | None, *, read_only: bool = False) -> Iterator[Work]:
    """A unit of work of the operator in the named tenant, or in the only one."""
    with opened_platform() as (platform, _):
        tenant = find_tenant(platform, tenant_slug)
        with platform.work(operator(tenant.id), read_only=read_only) as work:
            yield work


def find_tenant(platform: Platform, slug: str | None) -> Tenant:
    """Raises NotFound for an unknown slug, InvalidInput when there are several and none was named."""
    with platform.databases.identity(read_only=True) as session:
        if slug is not None:
            found = tenant_by_slug(session, slug)
            if found is None:
                raise NotFound(what=f"tenant called {slug}")
            return found
        tenants = customer_tenants(session)
    if len(tenants) != 1:
        names = ", ".join(tenant.slug for tenant in tenants) or "none exists yet: run `tenantry init`"
        raise InvalidInput(why=f"name the tenant with --tenant ({names})")
    return tenants[0]


def customer_tenants(session: GlobalSession) -> Sequence[Tenant]:
    """All tenants but the platform's own."""
    return session.scalars(select(Tenant).where(Tenant.id != PLATFORM_TENANT_ID).order_by(Tenant.slug)).all()


def print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
