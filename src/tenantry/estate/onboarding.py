"""Talking to Microsoft about a connection: token, permissions, who it is. For onboarding and for connection tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.expiry import CAN_READ_APPLICATIONS, Known, expiry_of
from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.estate.models import Access, Connection, Credential, Lifecycle, MicrosoftTenant, Step
from tenantry.estate.needs import needed_permissions
from tenantry.kit.errors import AppError
from tenantry.microsoft import Connection as Wire
from tenantry.microsoft import Kind, Priority, UpstreamError
from tenantry.platform.work import Work

Result = TypeVar("Result")

SIGN_IN_PROBLEMS: Final = frozenset(
    kind.value
    for kind in (
        Kind.NO_CONSENT,
        Kind.CREDENTIAL_WRONG,
        Kind.CREDENTIAL_EXPIRED,
        Kind.UNKNOWN_TENANT,
        Kind.APP_DISABLED,
        Kind.BLOCKED_BY_POLICY,
    )
)
"""What keeps the application out altogether, whatever it asks for."""


class InWork(Protocol):
    """Runs a function in a unit of work of its own; JobContext.in_work is one."""

    def __call__(self, function: Callable[..., Result], *arguments: Any, read_only: bool = False) -> Any: ...


@dataclass(frozen=True, slots=True)
class Findings:
    """What a connection test found out."""

    granted: Sequence[str]
    missing: Sequence[str]
    facts: dict[str, Any]
    expiry: Known | None = None

    @property
    def allows_nothing(self) -> bool:
        return bool(self.missing) and set(self.missing) >= set(needed_permissions())

    def refuse_nothing(self) -> None:
        """Raises UpstreamError when the application may do nothing at all of what it is for."""
        if self.allows_nothing:
            text = "The access token carries none of the permissions Tenantry can use."
            raise UpstreamError(Kind.NO_ACCESS, "graph", text)


async def test_connection(in_work: InWork, gateway: Gateway, microsoft_tenant_id: UUID) -> Findings:
    """Asks Microsoft for a token, what it may do and who it is; stores the answer, and raises what went wrong."""
    reach: Reach = await in_work(reach_of, microsoft_tenant_id, read_only=True)
    try:
        wire = await gateway.connect(reach, Priority.INTERACTIVE)
        findings = await (
            _probe_azure(gateway, wire, reach) if reach.access is Access.LIGHTHOUSE else _probe(in_work, wire, reach)
        )
        await in_work(_note_findings, microsoft_tenant_id, findings)
        findings.refuse_nothing()
    except (UpstreamError, AppError) as error:
        await in_work(_note_problem, microsoft_tenant_id, *_words(error))
        raise
    return findings


async def _probe(in_work: InWork, wire: Wire, reach: Reach) -> Findings:
    token = await wire.token(wire.microsoft.cloud.graph_audience)
    if token.entra_tenant_id.lower() != reach.home_tenant_id.lower():
        raise UpstreamError(Kind.UNKNOWN_TENANT, "entra", "the token is for another Microsoft tenant")
    await in_work(_note_token, reach.microsoft_tenant_id)
    missing = [permission for permission in needed_permissions() if permission not in token.roles]
    facts = await _who(wire) if "Organization.Read.All" in token.roles else {}
    expiry = await expiry_of(wire, may_ask=CAN_READ_APPLICATIONS in token.roles)
    return Findings(sorted(token.roles), missing, facts, expiry)


async def _who(wire: Wire) -> dict[str, Any]:
    """Name, default domain and country, for people to compare with what they meant to onboard."""
    async for item in wire.graph.items("/organization"):
        domains = item.get("verifiedDomains") or []
        default = next((domain.get("name") for domain in domains if domain.get("isDefault")), None)
        return {
            "display_name": item.get("displayName"),
            "default_domain": default,
            "country": item.get("countryLetterCode"),
            "domains": [domain.get("name") for domain in domains][:50],
        }
    return {}


async def _probe_azure(gateway: Gateway, wire: Wire, reach: Reach) -> Findings:
    subscriptions = await gateway.delegated_subscriptions(wire, reach.home_tenant_id)
    if not subscriptions:
        text = "no subscription of this Microsoft tenant is delegated to the managing one"
        raise UpstreamError(Kind.NO_ACCESS, "arm", text, missing_permission="Azure Lighthouse delegation")
    return Findings([], [], {"delegated_subscriptions": list(subscriptions)})


def _note_token(work: Work, microsoft_tenant_id: UUID) -> None:
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.step in (Step.CREDENTIALS, Step.TOKEN):
        tenant.step = Step.PERMISSIONS


def _note_findings(work: Work, microsoft_tenant_id: UUID, findings: Findings) -> None:
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    tenant.tested_at, tenant.problem_code, tenant.problem_message = work.clock.now(), None, None
    tenant.granted_permissions, tenant.missing_permissions = list(findings.granted), list(findings.missing)
    tenant.connection = Connection.LIMITED if findings.missing else Connection.WORKING
    tenant.notes = {**tenant.notes, **findings.facts}
    tenant.default_domain = findings.facts.get("default_domain") or tenant.default_domain
    tenant.country = findings.facts.get("country") or tenant.country
    if not findings.allows_nothing and tenant.step in (Step.CREDENTIALS, Step.TOKEN, Step.PERMISSIONS):
        tenant.step = Step.FIRST_COLLECTION
    if findings.expiry is not None:
        _note_expiry(work, microsoft_tenant_id, findings.expiry)


def _note_expiry(work: Work, microsoft_tenant_id: UUID, expiry: Known) -> None:
    """What Microsoft or the certificate says is a fact; it replaces what somebody typed."""
    query = select(Credential).where(Credential.microsoft_tenant_id == microsoft_tenant_id)
    credential = work.session.scalars(query).one_or_none()
    if credential is not None:
        credential.expires_at, credential.expiry_source = expiry


def _note_problem(work: Work, microsoft_tenant_id: UUID, code: str, message: str) -> None:
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    tenant.tested_at, tenant.connection = work.clock.now(), Connection.BROKEN
    tenant.problem_code, tenant.problem_message = code[:64], message[:2000]


def finish_onboarding(work: Work, microsoft_tenant_id: UUID) -> None:
    """The first collection has ended: from now on the tenant is collected on its schedule."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.step is Step.FIRST_COLLECTION:
        tenant.step = Step.DONE
        work.audit.record("microsoft_tenant.onboarded", tenant)
    if tenant.lifecycle is Lifecycle.ONBOARDING and tenant.step is Step.DONE:
        tenant.lifecycle = Lifecycle.ACTIVE


def note_sign_in(work: Work, microsoft_tenant_id: UUID, problem: tuple[str, str] | None) -> None:
    """What a collection learned about the connection itself: that nobody lets us in any more, or that they do again."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if problem is not None:
        tenant.connection, (tenant.problem_code, tenant.problem_message) = Connection.BROKEN, problem
    elif tenant.problem_code in SIGN_IN_PROBLEMS:
        tenant.connection = Connection.LIMITED if tenant.missing_permissions else Connection.WORKING
        tenant.problem_code, tenant.problem_message = None, None


def _words(error: UpstreamError | AppError) -> tuple[str, str]:
    if isinstance(error, AppError):
        return error.code, error.detail
    return error.kind.value, f"{error.advice} {error.message}".strip()
