"""Deciding about findings, attesting controls, choosing how a Microsoft tenant is judged. Verdicts stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Assessment, all_controls, benchmarks
from tenantry.posture.decisions.models import Attestation, Disposition, Kind, PostureSettings
from tenantry.posture.decisions.schemas import AttestationIn, DispositionIn, PostureSettingsIn
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.parameters import Parameters
from tenantry.posture.scans.models import PostureState
from tenantry.posture.scans.permissions import DECIDE, READ
from tenantry.posture.verdicts import Status

LONGEST: Final = timedelta(days=3 * 366)
"""A decision for ever would be a rule nobody looks at again."""
EXPIRY: Final = "expiry"


class AlreadyDecided(Conflict):
    """There is a decision about {control} already, until {until}. End it first."""


@dataclass(frozen=True, slots=True)
class Dispositions:
    """What was decided about the findings of the actor's Microsoft tenants."""

    work: Work

    def decide(self, microsoft_tenant_id: UUID, wanted: DispositionIn) -> Disposition:
        """Raises InvalidInput, Conflict for a control that does not fail, AlreadyDecided."""
        tenant = _tenant(self.work, microsoft_tenant_id)
        _known(wanted.control)
        _within(self.work, wanted.expires_at, "expires_at")
        if wanted.kind is not Kind.REMEDIATION_PLANNED and wanted.approver is None:
            raise InvalidInput(why="an exception and a false positive name who approved them (approver)")
        self._require_failure(tenant.id, wanted)
        for earlier in self.in_force(tenant.id, wanted.control):
            if earlier.object_id == wanted.object_id:
                raise AlreadyDecided(control=wanted.control, until=f"{earlier.expires_at:%Y-%m-%d}", why="")
        row = Disposition(
            microsoft_tenant_id=tenant.id,
            decided_by=self.work.actor.label[:254],
            decided_at=self.work.clock.now(),
            **wanted.model_dump(),
        )
        self.work.session.add(row)
        self.work.session.flush()
        return row

    def end(self, disposition_id: UUID) -> Disposition:
        """The finding is open again at once. Raises Conflict for one that has ended."""
        self.work.actor.require(DECIDE)
        row = self.work.one(Disposition, disposition_id, "decision")
        if row.ended_at is not None or row.expires_at <= self.work.clock.now():
            raise Conflict(why="the decision has ended already")
        row.ended_at, row.ended_by = self.work.clock.now(), self.work.actor.label[:254]
        return row

    def get(self, disposition_id: UUID) -> Disposition:
        self.work.actor.require(READ)
        return self.work.one(Disposition, disposition_id, "decision")

    def in_force(self, microsoft_tenant_id: UUID, control: str | None = None) -> Sequence[Disposition]:
        """Those that hold now: an expired one holds no more, whether or not anybody has noted its end."""
        query = select(Disposition).where(
            Disposition.microsoft_tenant_id == microsoft_tenant_id,
            Disposition.ended_at.is_(None),
            Disposition.expires_at > self.work.clock.now(),
        )
        if control is not None:
            query = query.where(Disposition.control == control)
        return self.work.session.scalars(query.order_by(Disposition.decided_at, Disposition.id)).all()

    def every(self, microsoft_tenant_id: UUID | None = None) -> Any:
        """A statement over all decisions of the actor's Microsoft tenants, ended ones too, for paging."""
        self.work.actor.require(READ)
        query = select(Disposition)
        if self.work.actor.scope is not None:
            query = query.where(Disposition.microsoft_tenant_id.in_(self.work.actor.scope))
        if microsoft_tenant_id is not None:
            query = query.where(Disposition.microsoft_tenant_id == microsoft_tenant_id)
        return query

    def note_expired(self, microsoft_tenant_id: UUID) -> None:
        """Writes down the end of what has expired, so that it is in the audit trail."""
        now = self.work.clock.now()
        query = select(Disposition).where(
            Disposition.microsoft_tenant_id == microsoft_tenant_id,
            Disposition.ended_at.is_(None),
            Disposition.expires_at <= now,
        )
        for row in self.work.session.scalars(query).all():
            row.ended_at, row.ended_by = row.expires_at, EXPIRY

    def _require_failure(self, microsoft_tenant_id: UUID, wanted: DispositionIn) -> None:
        """Nothing is excepted that was not found: a decision in advance would hide what comes later."""
        query = select(PostureState.status).where(
            PostureState.microsoft_tenant_id == microsoft_tenant_id, PostureState.control == wanted.control
        )
        if self.work.session.scalar(query) is not Status.FAIL:
            raise Conflict(why=f"{wanted.control} does not fail in the newest scan, so there is nothing to decide")


@dataclass(frozen=True, slots=True)
class Attestations:
    """What people vouch for."""

    work: Work

    def attest(self, microsoft_tenant_id: UUID, wanted: AttestationIn) -> Attestation:
        """Replaces the one in force. Raises InvalidInput for a control that a machine judges."""
        tenant = _tenant(self.work, microsoft_tenant_id)
        control = all_controls()[_known(wanted.control)]
        if control.assessment is Assessment.AUTOMATIC:
            raise InvalidInput(why=f"{wanted.control} is judged by evidence and cannot be attested")
        _within(self.work, wanted.valid_until, "valid_until")
        now = self.work.clock.now()
        for earlier in self.in_force(tenant.id, wanted.control):
            earlier.withdrawn_at = now
        row = Attestation(
            microsoft_tenant_id=tenant.id,
            attested_by=self.work.actor.label[:254],
            attested_at=now,
            **wanted.model_dump(),
        )
        self.work.session.add(row)
        self.work.session.flush()
        return row

    def withdraw(self, attestation_id: UUID) -> Attestation:
        """The control is manual again. Raises Conflict for one that does not hold any more."""
        self.work.actor.require(DECIDE)
        row = self.work.one(Attestation, attestation_id, "attestation")
        if row.withdrawn_at is not None or row.valid_until <= self.work.clock.now():
            raise Conflict(why="the attestation does not hold any more")
        row.withdrawn_at = self.work.clock.now()
        return row

    def in_force(self, microsoft_tenant_id: UUID, control: str | None = None) -> Sequence[Attestation]:
        query = select(Attestation).where(
            Attestation.microsoft_tenant_id == microsoft_tenant_id,
            Attestation.withdrawn_at.is_(None),
            Attestation.valid_until > self.work.clock.now(),
        )
        if control is not None:
            query = query.where(Attestation.control == control)
        return self.work.session.scalars(query.order_by(Attestation.attested_at, Attestation.id)).all()

    def every(self, microsoft_tenant_id: UUID | None = None) -> Any:
        """A statement over all attestations of the actor's Microsoft tenants, lapsed ones too, for paging."""
        self.work.actor.require(READ)
        query = select(Attestation)
        if self.work.actor.scope is not None:
            query = query.where(Attestation.microsoft_tenant_id.in_(self.work.actor.scope))
        if microsoft_tenant_id is not None:
            query = query.where(Attestation.microsoft_tenant_id == microsoft_tenant_id)
        return query


def change_settings(work: Work, microsoft_tenant_id: UUID, wanted: PostureSettingsIn) -> PostureSettings:
    """Raises InvalidInput for an unknown benchmark or parameter, and Conflict. There is at most one reference."""
    tenant = _tenant(work, microsoft_tenant_id)
    if wanted.benchmark is not None and wanted.benchmark not in benchmarks():
        raise InvalidInput(why=f"known benchmarks are {', '.join(benchmarks())}")
    query = select(PostureSettings).where(PostureSettings.microsoft_tenant_id == tenant.id)
    row = work.session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        held = settings_of(work.session, tenant.id)
        row = PostureSettings(
            microsoft_tenant_id=tenant.id,
            benchmark=held.benchmark,
            parameters=held.parameters.model_dump(mode="json"),
            is_reference=False,
        )
        work.session.add(row)
    if wanted.is_reference:
        _dethrone(work, tenant.id)
    row.benchmark = wanted.benchmark or row.benchmark
    row.is_reference = row.is_reference if wanted.is_reference is None else wanted.is_reference
    if wanted.parameters is not None:
        row.parameters = _parameters(wanted.parameters)
    work.session.flush()
    return row


def _dethrone(work: Work, microsoft_tenant_id: UUID) -> None:
    """Raises Conflict where the reference is a Microsoft tenant outside the actor's scope."""
    query = select(PostureSettings).where(
        PostureSettings.is_reference, PostureSettings.microsoft_tenant_id != microsoft_tenant_id
    )
    for row in work.session.scalars(query.order_by(PostureSettings.id).with_for_update()).all():
        if not work.actor.reaches(row.microsoft_tenant_id):
            raise Conflict(why="the golden reference is a Microsoft tenant that you do not look after")
        row.is_reference = False
    work.session.flush()  # before another becomes it: the index allows one


def _parameters(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return Parameters.model_validate(given).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(why=f"parameter {where[:100]}: {first['msg'][:200]}") from error


def _tenant(work: Work, microsoft_tenant_id: UUID) -> MicrosoftTenant:
    """One decision at a time about each: what is in force is looked at before another is written."""
    work.actor.require(DECIDE, on=microsoft_tenant_id)
    query = select(MicrosoftTenant).where(MicrosoftTenant.id == microsoft_tenant_id)
    tenant = work.session.scalars(query.with_for_update(key_share=True)).one_or_none()
    if tenant is None:
        raise missing(MicrosoftTenant, "Microsoft tenant")
    return tenant


def _known(control: str) -> str:
    if control not in all_controls():
        raise InvalidInput(why=f"there is no control {control[:100]}")
    return control


def _within(work: Work, moment: datetime, name: str) -> None:
    now = work.clock.now()
    if not now < moment <= now + LONGEST:
        raise InvalidInput(why=f"{name} lies in the future, at most three years from now")
