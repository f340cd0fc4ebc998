"""What a tenant publishes about its mail: SPF, DMARC and DKIM of each of its domains, by its care."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.azure.dice import chance
from mscloudsim.world.care import care_of
from mscloudsim.world.directory.domains import child_domain, domain_names
from mscloudsim.world.estate import Tenant
from mscloudsim.world.settings import SettingsOwner
from mscloudsim.world.world import World

_SPF: Final = "v=spf1 include:spf.protection.outlook.com -all"
_KINDS: Final = ("spf", "dmarc")


@dataclass(frozen=True, slots=True)
class Zone:
    """The texts and aliases under a domain, by the name relative to it; empty for the domain itself."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


def zone_of(world: World, tenant: Tenant, domain: str) -> Zone:
    """The records of one of a tenant's domains as they are now."""
    care = _care(world, tenant)
    texts = {"": _spf(tenant, domain, care), "_dmarc": _dmarc(tenant, domain, care)}
    if domain == tenant.domain:
        texts["_spf"] = [_SPF]
    for kind, name in (("spf", ""), ("dmarc", "_dmarc")):
        if (domain, kind) in _decided(world):
            decided = _decided(world)[domain, kind]
            texts[name] = [] if decided is None else [decided]
    aliases = {}
    if care > 0.4 and domain != tenant.initial_domain:
        label = domain.replace(".", "-")
        aliases = {
            f"selector{number}._domainkey": f"selector{number}-{label}._domainkey.{tenant.initial_domain}"
            for number in (1, 2)
        }
    return Zone({name: rows for name, rows in texts.items() if rows}, aliases)


def find_zone(world: World, name: str) -> tuple[Tenant, str] | None:
    """The tenant and the domain that a name lies in, the longest that fits; None for names of nobody here."""
    owners: dict[str, Tenant] = world.state("dns zones", lambda: _owners(world))
    parts = name.lower().rstrip(".").split(".")
    for start in range(len(parts)):
        domain = ".".join(parts[start:])
        if domain in owners:
            return owners[domain], domain
    return None


def _owners(world: World) -> dict[str, Tenant]:
    tenants = world.estate.tenants.values()
    return {domain: tenant for tenant in tenants for domain in domain_names(tenant)}


def dns_settings(world: World) -> SettingsOwner:
    """The owner of `dns.{domain}.spf` and `dns.{domain}.dmarc`: the text of the only record, or None for no record."""

    def change(tenant: Tenant, name: str, value: Any) -> dict[str, Any]:
        domain, _, kind = name.rpartition(".")
        if domain.lower() not in domain_names(tenant) or kind not in _KINDS:
            known = ", ".join(f"dns.{known}.{kind}" for known in domain_names(tenant) for kind in _KINDS)
            raise ValueError(f"there is no dns.{name}; there are {known}")
        if value is not None and not isinstance(value, str):
            raise ValueError(f"dns.{name} is a text, or null for no record")
        _decided(world)[domain.lower(), kind] = value
        return {"setting": f"dns.{name}", "value": value}

    return change


def _decided(world: World) -> dict[tuple[str, str], str | None]:
    decided: dict[tuple[str, str], str | None] = world.state("dns records", dict)
    return decided


def _care(world: World, tenant: Tenant) -> float:
    decided = care_of(world, tenant)
    return chance(tenant.seed, tenant.id, "care") if decided is None else decided


def _spf(tenant: Tenant, domain: str, care: float) -> list[str]:
    """One record that ends in a refusal; in worse tenants two of them, one that lets anybody send, or none."""
    if domain == tenant.initial_domain:
        return [_SPF]
    rules: tuple[tuple[float, Callable[[], list[str]]], ...] = (
        (0.8, lambda: [f"v=spf1 redirect=_spf.{tenant.domain}"] if tenant.index % 3 == 0 else [_SPF]),
        (0.45, lambda: [_SPF]),
        (0.3, lambda: [_SPF.replace("-all", "?all")]),
        (0.15, lambda: [_SPF, "v=spf1 include:mail.example ~all"]),
    )
    found = next((make() for least, make in rules if care > least), [])
    return ["google-site-verification=simulated", *found]


def _dmarc(tenant: Tenant, domain: str, care: float) -> list[str]:
    """The child has none of its own: the parent's `sp` holds for it."""
    if domain == child_domain(tenant) or care < 0.25:
        return []
    reports = f"rua=mailto:dmarc@{tenant.domain}; ruf=mailto:dmarc@{tenant.domain}"
    if care > 0.7:
        return [f"v=DMARC1; p=reject; sp=reject; pct=100; {reports}"]
    if care > 0.5:
        return [f"v=DMARC1; p=quarantine; pct=50; {reports}"]
    return ["v=DMARC1; p=none"]
