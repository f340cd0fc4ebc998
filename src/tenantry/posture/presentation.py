"""The words pages use for benchmarks, their sections and services, and where a verdict is shown."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from tenantry.posture.controls.catalogue import Assessment, Control, benchmarks, controls_of
from tenantry.posture.verdicts import Status

STATUSES: Final = (
    (Status.FAIL, "fail"),
    (Status.ERROR, "not verified"),
    (Status.MANUAL, "to attest"),
    (Status.PASS, "pass"),
    (Status.NOT_APPLICABLE, "not applicable"),
)
"""The worst first."""
LEVELS: Final = (("L1", "level 1"), ("L2", "level 2"))
ASSESSMENTS: Final = {
    Assessment.AUTOMATIC: "judged by evidence",
    Assessment.ATTESTATION: "attested by a person",
    Assessment.EVIDENCE: "attested by a person, with evidence to look at",
}
CAUSES: Final = {
    "permission_missing": "A permission is missing",
    "not_licensed": "Not licensed",
    "throttled": "Microsoft asked to wait too long",
    "unavailable": "Microsoft did not answer",
    "api_changed": "Microsoft's answer has another form than this control knows",
    "not_collected": "Not collected",
    "internal": "A fault of Tenantry",
}
_SECTIONS: Final = {
    "1": "Microsoft 365 admin center",
    "2": "Microsoft Defender",
    "3": "Microsoft Purview",
    "4": "Microsoft Intune",
    "5": "Microsoft Entra",
    "6": "Exchange",
    "7": "SharePoint",
    "8": "Microsoft Teams",
    "9": "Microsoft Fabric",
}
_SERVICES: Final = {
    "access": "Conditional Access",
    "apps": "Enterprise apps",
    "entra": "Entra",
    "m365": "Microsoft 365",
    "mail": "Mail flow",
    "privileges": "Privileged roles",
    "sharepoint": "SharePoint",
}


def benchmark_name(benchmark: str) -> str:
    """`cis-m365-7.0.0` as people call it."""
    return f"CIS Microsoft 365 {benchmark.removeprefix('cis-m365-')}"


def benchmark_choices() -> list[tuple[str, str]]:
    return [(key, benchmark_name(key)) for key in benchmarks()]


def service_name(service: str) -> str:
    return _SERVICES.get(service, service.capitalize())


def service_choices(benchmark: str) -> list[tuple[str, str]]:
    """The services that controls of a benchmark are about, by name."""
    known = {control.service for control in controls_of(benchmark)}
    return sorted(((key, service_name(key)) for key in known), key=lambda pair: pair[1].casefold())


def section_name(number: str) -> str:
    """Of a control's number: `5. Microsoft Entra`."""
    first = number.partition(".")[0]
    return f"{first}. {_SECTIONS.get(first, 'Others')}"


def fitting(controls: Iterable[Control], text: str) -> list[Control]:
    """Controls whose number begins with the text, or whose title or key contains it."""
    part = text.casefold().strip()
    return [one for one in controls if part in one.title.casefold() or part in one.key or _numbered(one, part)]


def verdict_path(scan_id: UUID, control: str) -> str:
    return f"/posture/scans/{scan_id}/{control}"


def grouped(controls: Sequence[Control], benchmark: str) -> list[tuple[str, list[Control]]]:
    """By section, in the order of their numbers."""
    found: dict[str, list[Control]] = {}
    for control in controls:
        found.setdefault(section_name(control.benchmarks[benchmark].number), []).append(control)
    return list(found.items())


def _numbered(control: Control, part: str) -> bool:
    return any(f"{numbered.number}.".startswith(part.rstrip(".") + ".") for numbered in control.benchmarks.values())
