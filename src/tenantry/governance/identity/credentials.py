"""Secrets and certificates of app registrations, those that end first on top."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.coverage import within
from tenantry.governance.identity.models import Application, ApplicationCredential, ApplicationOwners
from tenantry.governance.identity.permissions import READ
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

DATASETS: Final = ("entra.applications", "entra.application_owners")
EXPIRED: Final = "expired"
WITHIN: Final = ("7", "30", "90")
ENDING: Final = timedelta(days=30)
_LONG: Final = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class CredentialFilter:
    """Which credentials; None means any. `ends` is `expired`, or a number of days from now on."""

    microsoft_tenant_id: UUID | None = None
    ends: str | None = None
    kind: str | None = None
    owned: bool | None = None
    """Whether the registration has an owner, where owners are known."""


def credentials(work: Work, wanted: CredentialFilter, page: PageQuery, *, count_to: int | None = COUNT_TO) -> Page[Any]:
    """Rows of (credential, registration, Microsoft tenant, owners or None), without an end last.

    Raises NotFound for a Microsoft tenant outside the actor's scope.
    """
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    credential = ApplicationCredential
    statement: AnySelect = (
        select(credential, Application, MicrosoftTenant, ApplicationOwners)
        .join(Application, Application.id == credential.application_id)
        .join(MicrosoftTenant, MicrosoftTenant.id == credential.microsoft_tenant_id)
        .outerjoin(
            ApplicationOwners,
            and_(
                ApplicationOwners.microsoft_tenant_id == Application.microsoft_tenant_id,
                ApplicationOwners.item_key == Application.item_key,
            ),
        )
        .where(*within(work, None), *_conditions(wanted, work.clock.now()))
    )
    has_end = wanted.ends is not None
    keys = [SortKey(credential.ends_at, never_null=has_end), SortKey(credential.id, never_null=True)]
    return paginate(work.session, statement, page, keys, count_to=count_to)


def _conditions(wanted: CredentialFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    ends = ApplicationCredential.ends_at
    if wanted.microsoft_tenant_id is not None:
        yield ApplicationCredential.microsoft_tenant_id == wanted.microsoft_tenant_id
    if wanted.kind is not None:
        yield ApplicationCredential.kind == wanted.kind
    if wanted.ends == EXPIRED:
        yield ends < now
    elif wanted.ends is not None:
        yield and_(ends >= now, ends < now + timedelta(days=int(wanted.ends)))
    if wanted.owned is not None:
        count = ApplicationOwners.owner_count
        yield count > 0 if wanted.owned else count == 0


def state_of(ends_at: datetime | None, now: datetime) -> Literal["expired", "ending", "valid", "endless"]:
    """`ending` is within thirty days; without an end it is endless."""
    if ends_at is None:
        return "endless"
    if ends_at < now:
        return "expired"
    return "ending" if ends_at < now + ENDING else "valid"


def is_long_lived(credential: ApplicationCredential) -> bool:
    """Valid for more than two years."""
    start, end = credential.starts_at, credential.ends_at
    return start is not None and end is not None and end - start > _LONG
