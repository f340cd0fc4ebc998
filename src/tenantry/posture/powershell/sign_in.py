"""What the scripts sign in with: the credential of the application, or a user's name and password."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.estate.models import Credential, MicrosoftTenant
from tenantry.kit.errors import Conflict
from tenantry.kit.secret import Secret
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work
from tenantry.posture.scans.engines import Plan
from tenantry.posture.scans.models import AuthMethod
from tenantry.posture.user_credentials.service import user_credential_of

WORDS: Final = {
    AuthMethod.CLIENT_SECRET: "a client secret",
    AuthMethod.CERTIFICATE: "a certificate",
    AuthMethod.USERNAME_PASSWORD: "a user name and a password",
}


class CannotSignIn(Conflict):
    """The PowerShell scripts sign in with a client secret, a certificate, or a user name and a password. {why} Change
    the credential, give the Microsoft tenant a user name and a password, or use the native engine.
    """


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where the scripts sign in, as whom, and with which secret."""

    method: AuthMethod
    entra_tenant_id: str
    cloud: str
    name: str
    """The application's id, or the user's name."""
    secret: Secret


def method_for(work: Work, microsoft_tenant_id: UUID, wanted: AuthMethod | None) -> AuthMethod:
    """The one that is asked for, or the first that is there. Raises CannotSignIn."""
    there = _methods_of(work, microsoft_tenant_id)
    fitting = [method for method in there if wanted in (None, method)]
    if fitting:
        return fitting[0]
    has = " and ".join(WORDS[method] for method in there) or "none of them"
    asked = f"The scan asks for {WORDS[wanted]}, and this" if wanted else "This"
    raise CannotSignIn(why=f"{asked} Microsoft tenant has {has}.")


async def signed_in(context: JobContext, plan: Plan) -> SignIn:
    """Raises CannotSignIn, and UnresolvedReference and UpstreamError when the application's secret cannot be had."""
    found = await context.in_work(_found, plan.microsoft_tenant_id, plan.auth_method, read_only=True)
    if isinstance(found, SignIn):
        return found
    gateway: Gateway = context.services
    secret = await gateway.secret_of(found)
    return SignIn(AuthMethod(found.kind.value), found.entra_tenant_id, found.cloud, found.client_id, secret)


def _methods_of(work: Work, microsoft_tenant_id: UUID) -> Sequence[AuthMethod]:
    """Those that are there, in the order in which they are taken."""
    query = select(Credential.kind).where(Credential.microsoft_tenant_id == microsoft_tenant_id)
    there = {kind.value for kind in work.session.scalars(query)}
    if user_credential_of(work, microsoft_tenant_id) is not None:
        there.add(AuthMethod.USERNAME_PASSWORD.value)
    return [method for method in AuthMethod if method.value in there]


def _found(work: Work, microsoft_tenant_id: UUID, wanted: AuthMethod | None) -> SignIn | Reach:
    """Of an application how it is reached: its secret may lie elsewhere, which is asked outside of the transaction."""
    method = method_for(work, microsoft_tenant_id, wanted)
    user = user_credential_of(work, microsoft_tenant_id)
    if user is None or method is not AuthMethod.USERNAME_PASSWORD:
        return reach_of(work, microsoft_tenant_id)
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    password = work.vault.open(user.stored_secret_id)
    return SignIn(method, str(tenant.entra_tenant_id), tenant.cloud, user.username, password)
