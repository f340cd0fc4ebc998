"""What every command shares: settings, the opened platform, output as text or JSON, errors as exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage. Results go to standard output, everything else to standard error.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from tenantry.kit.db import PLATFORM_TENANT_ID, GlobalSession
from tenantry.kit.errors import AppError, Conflict, InvalidInput, NotFound, Unavailable
from tenantry.kit.logging import configure_logging
from tenantry.kit.redaction import redacted
from tenantry.platform.provisioning.service import tenant_by_slug
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform, Work
from tenantry.settings import Settings
from tenantry.slices import load_slices

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2

TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Slug of your organisation, when there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Model = TypeVar("Model", bound=BaseModel)

console = Console(stderr=False)
messages = Console(stderr=True)


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turns an AppError into its sentence on standard error: exit code 2 for what the caller gave, 1 for the rest."""
    try:
        yield
    except (AppError, DBAPIError, ValidationError, SettingsError) as error:
        known = _known(error)
        messages.print(f"[red]{known.code}[/red] ", end="")
        messages.print(known.detail, markup=False, highlight=False)
        usage = isinstance(known, InvalidInput | NotFound)
        raise typer.Exit(EXIT_USAGE if usage else EXIT_FAILED) from error


def wants_tracebacks() -> bool:
    """Whether the settings ask for them; settings that cannot be read do not."""
    try:
        return Settings().log_level == "DEBUG"
    except (ValidationError, SettingsError):
        return False


def _known(error: AppError | DBAPIError | ValidationError | SettingsError) -> AppError:
    if isinstance(error, ValidationError):
        return InvalidInput(why=_faults(error))
    if isinstance(error, SettingsError):  # a list that is no JSON; the message names the field, not the value
        return InvalidInput(why=str(error))
    if isinstance(error, DBAPIError):
        if any(told in str(error.orig) for told in ("no such table", "does not exist", "no such column")):
            return Conflict(why="the database is not set up for this version; run `tenantry init`")
        return Unavailable(what=f"The database ({redacted(str(error.orig)).strip().splitlines()[0][:200]})")
    return error


def validated(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Raises InvalidInput in words, without the values: one may be a secret."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(why=_faults(error)) from None


def _faults(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}" for item in error.errors())


@contextmanager
def opened_platform() -> Iterator[tuple[Platform, Settings]]:
    """The platform of this machine's settings; its log lines go to standard error."""
    from tenantry.platform.opening import open_platform  # with Microsoft's clients, which no help needs

    configure_logging("ERROR", json=False)
    load_slices()
    with reporting_errors():
        settings = Settings()
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


def print_table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of the columns (head to key), as wide as the terminal at most. Long values fold; nothing is cut off."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head, key in columns.items():
        table.add_column(head, overflow="fold", no_wrap=key.endswith("id"))  # an id is there to be copied
    for row in rows:
        table.add_row(*(Text(plain(row.get(key))) for key in columns.values()))
    console.print(table)


def plain(value: Any) -> str:
    """What a Microsoft tenant may contain, as text for a terminal: no control characters."""
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return "".join(letter for letter in str("" if value is None else value) if letter.isprintable())


def print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
