"""Which Microsoft tenants there are: a partner and its customers, how each is reached, and what is wrong with some."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from mscloudsim.world.azure.dice import chance, guid, number, pick

SECRET_DAYS: Final = 365


class Licence(StrEnum):
    """What a tenant pays for, as far as it decides which APIs answer."""

    FREE = "free"
    P1 = "p1"
    P2 = "p2"


class Flaw(StrEnum):
    """What keeps a tenant from being onboarded smoothly."""

    NONE = "none"
    NO_CONSENT = "no_consent"
    EXPIRED_SECRET = "expired_secret"  # noqa: S105 - a name
    MISSING_PERMISSION = "missing_permission"


class Reach(StrEnum):
    """How the partner reaches a tenant."""

    APP_REGISTRATION = "app_registration"
    LIGHTHOUSE = "lighthouse"


READ_PERMISSIONS: Final = (
    "User.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "Domain.Read.All",
    "RoleManagement.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleAssignmentSchedule.Read.Directory",
    "Policy.Read.All",
    "Application.Read.All",
    "AuditLog.Read.All",
    "LicenseAssignment.Read.All",
    "SecurityEvents.Read.All",
    "IdentityRiskyUser.Read.All",
    "DelegatedAdminRelationship.Read.All",
    "Policy.Read.AuthenticationMethod",
    "Policy.Read.DeviceConfiguration",
    "Policy.Read.B2BManagementPolicy",
    "RoleManagementPolicy.Read.Directory",
    "GroupSettings.Read.All",
    "AccessReview.Read.All",
    "OnPremDirectorySynchronization.Read.All",
    "SharePointTenantSettings.Read.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "OrgSettings-AppsAndServices.Read.All",
    "OrgSettings-Forms.Read.All",
    "Group.Create",
)

SERVICE_PERMISSIONS: Final = ("Exchange.ManageAsApp", "application_access", "Sites.FullControl.All")
"""Of Exchange (and Security & Compliance), Teams administration and SharePoint: in no token for Graph."""


@dataclass
class App:
    """An application registration and its credentials. The world may add to it and take away."""

    id: str
    name: str
    home_tenant_id: str
    secret: str
    secret_expires_at: float
    certificate_thumbprints: dict[str, str] = field(default_factory=dict)
    """Base64url SHA-256 thumbprint → PEM of the certificate."""
    federated: dict[tuple[str, str], str] = field(default_factory=dict)
    """(issuer, subject) whose assertions are accepted → PEM of the issuer's public key; empty for this cloud's own."""
    disabled: bool = False


@dataclass
class Tenant:
    """A Microsoft tenant. `consents`: application id → the application permissions an administrator granted."""

    id: str
    index: int
    seed: int
    name: str
    slug: str
    country: str
    users: int
    licence: Licence
    reach: Reach
    flaw: Flaw
    managed_by: str | None = None
    consents: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def initial_domain(self) -> str:
        return f"{self.slug}.onmicrosoft.com"

    @cached_property
    def domain(self) -> str:
        return f"{self.slug}.example"

    def object_id_of(self, app_id: str) -> str:
        """The service principal of an application in this tenant."""
        return guid(self.seed, self.id, "service-principal", app_id)


_NAMES: Final = (
    ("Fabrikam Logistics", "DE"), ("Contoso Health", "US"), ("Adventure Works Cycles", "GB"), ("Tailspin Toys", "NL"),
    ("Wide World Importers", "FR"), ("Proseware Législation", "FR"), ("Litware Maschinenbau", "DE"),
    ("Trey Research", "SE"), ("Northwind Traders", "IE"), ("Wingtip Hotels", "ES"), ("Alpine Ski House", "AT"),
    ("Lamna Healthcare", "CH"), ("Relecloud", "DK"), ("VanArsdel", "BE"), ("Fourth Coffee", "IT"),
    ("Humongous Insurance", "US"), ("Woodgrove Bank", "GB"), ("Margie's Travel", "PT"), ("Coho Vineyard", "IT"),
    ("Blue Yonder Airlines", "NO"), ("Bellows College", "CA"), ("Best For You Organics", "PL"),
    ("Liberty's Delightful Bakery", "FI"), ("Munson's Pickles", "JP"),
)  # fmt: skip

_FLAWS: Final = {3: Flaw.EXPIRED_SECRET, 5: Flaw.NO_CONSENT, 7: Flaw.MISSING_PERMISSION}


class Estate:
    """The tenants of a simulation. Deterministic: the same arguments always give the same estate."""

    def __init__(self, seed: int, tenants: int, users: int, now: float, enterprise: int = 0) -> None:
        self.seed = seed
        partner_id = guid(seed, "tenant", 0)
        self.partner_app = App(
            id=guid(seed, "partner-app"),
            name="Tenantry",
            home_tenant_id=partner_id,
            secret=f"sim~{guid(seed, 'partner-secret')}",
            secret_expires_at=now + SECRET_DAYS * 86_400,
        )
        self.managed_identity = App(guid(seed, "managed-identity"), "control-plane-host", partner_id, "", 0)
        self.apps: dict[str, App] = {app.id: app for app in (self.partner_app, self.managed_identity)}
        self.technician_id = guid(seed, "technician")
        self.sessions_revoked_at = 0.0
        self.tenants: dict[str, Tenant] = {}
        for index in range(tenants):
            self._add(self._tenant(index, users, partner_id), now)
        if enterprise:
            self._add(self._enterprise(len(self.tenants), enterprise), now)
        self._trust_managed_identity()

    @property
    def partner(self) -> Tenant:
        return next(iter(self.tenants.values()))

    def find(self, name: str) -> Tenant | None:
        """By id, initial domain or verified domain, in any casing."""
        lowered = name.lower()
        if lowered in self.tenants:
            return self.tenants[lowered]
        return next((t for t in self.tenants.values() if lowered in (t.initial_domain, t.domain)), None)

    def app_of(self, tenant: Tenant) -> App:
        """The application a tenant is onboarded with: its own registration, or the partner's multi-tenant one."""
        own = guid(self.seed, tenant.id, "app")
        return self.apps.get(own, self.partner_app)

    def refresh_token(self, issued_at: float) -> str:
        """The refresh token of the partner's technician as issued at that second."""
        moment = int(issued_at)
        return f"0.{self.technician_id}.{moment}.{guid(self.seed, 'refresh-token', moment)}"

    def refresh_token_issued_at(self, token: str) -> float | None:
        """When it was issued; None for what was never issued."""
        moment = token.rpartition(".")[0].rpartition(".")[2]
        return float(moment) if moment.isdecimal() and token == self.refresh_token(int(moment)) else None

    def _trust_managed_identity(self) -> None:
        """The machine's identity reads the partner's own tenant, and vouches for the multi-tenant application."""
        self.partner.consents[self.managed_identity.id] = {*READ_PERMISSIONS, *SERVICE_PERMISSIONS}
        issuer = f"https://login.microsoftonline.com/{self.partner.id}/v2.0"
        self.partner_app.federated[issuer, self.partner.object_id_of(self.managed_identity.id)] = ""

    def _add(self, tenant: Tenant, now: float) -> None:
        self.tenants[tenant.id] = tenant
        if tenant.index and tenant.index % 3 == 0 and tenant.flaw is not Flaw.NO_CONSENT:
            self._register_own_app(tenant, now)
        granted = {*READ_PERMISSIONS, *SERVICE_PERMISSIONS}
        if tenant.flaw is Flaw.MISSING_PERMISSION:
            granted -= {"AuditLog.Read.All", "Exchange.ManageAsApp", "application_access"}
        if tenant.flaw is not Flaw.NO_CONSENT and tenant.reach is Reach.APP_REGISTRATION:
            tenant.consents[self.app_of(tenant).id] = granted

    def _register_own_app(self, tenant: Tenant, now: float) -> None:
        app_id = guid(self.seed, tenant.id, "app")
        days = -10 if tenant.flaw is Flaw.EXPIRED_SECRET else 20 + number(tenant.id, "secret days", below=300)
        secret = f"sim~{guid(self.seed, tenant.id, 'secret')}"
        self.apps[app_id] = App(app_id, f"{tenant.name} control plane", tenant.id, secret, now + days * 86_400)

    def _tenant(self, index: int, users: int, partner_id: str) -> Tenant:
        if index == 0:
            return self._make(0, "Cascadia Managed Services", "cascadia", "DE", max(5, users // 6), Licence.P2)
        name, country = _NAMES[(index - 1) % len(_NAMES)]
        round_ = (index - 1) // len(_NAMES)
        shown = f"{name} {round_ + 1}" if round_ else name
        licence = pick((Licence.P2, Licence.P1, Licence.P1, Licence.FREE), self.seed, index, "licence")
        tenant = self._make(index, shown, _slug(shown), country, self._size(index, users), licence)
        tenant.flaw = _FLAWS.get(index % 12, Flaw.NONE)
        if tenant.flaw is Flaw.MISSING_PERMISSION:
            tenant.licence = Licence.P1
        if index % 12 in (4, 10):
            tenant.reach = Reach.LIGHTHOUSE
        if index % 2 == 0 or tenant.reach is Reach.LIGHTHOUSE:
            tenant.managed_by = partner_id
        return tenant

    def _enterprise(self, index: int, users: int) -> Tenant:
        return self._make(index, "Giganto Enterprise", "giganto", "US", users, Licence.P2)

    def _size(self, index: int, users: int) -> int:
        """From a 5-user office to three times the typical size."""
        if index % 6 == 1:
            return 5
        return max(5, int(users * (0.3 + 2.4 * chance(self.seed, index, "size") ** 2)))

    def _make(self, index: int, name: str, slug: str, country: str, users: int, licence: Licence) -> Tenant:
        tenant_id = guid(self.seed, "tenant", index)
        return Tenant(
            tenant_id, index, self.seed, name, slug, country, users, licence, Reach.APP_REGISTRATION, Flaw.NONE
        )


def _slug(name: str) -> str:
    folded = name.lower().replace("é", "e").replace("è", "e")
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())[:27]
