"""What `Start-Checks.ps1` is told: one line of JSON, which our wrapper turns into its parameters."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tenantry.kit.secret import Secret
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.powershell.sign_in import SignIn
from tenantry.posture.scans.engines import Plan
from tenantry.posture.scans.models import AuthMethod

NUMBER: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,5})(?=_|$)")
_ENVIRONMENTS: Final = {"us_gov": "USGov", "china": "China"}


@dataclass(frozen=True, slots=True)
class Report:
    """Where progress is reported to, and with which secret."""

    url: str
    secret: Secret


def order_for(plan: Plan, sign_in: SignIn, report: Report, script: Path, results: Path) -> bytes:
    """The line. It holds the secret, so it goes nowhere but into a pipe."""
    parameters: dict[str, Any] = {
        "TenantId": sign_in.entra_tenant_id,
        "Environment": _ENVIRONMENTS.get(sign_in.cloud, "Global"),
        **_identity(sign_in),
        "CheckIds": check_names(plan, script.parent),
        "L1Only": plan.l1_only,
        "OutputFormat": "json",
        "OutputPath": str(results),
        "ProgressCallbackUrl": report.url,
        "ProgressSecret": report.secret.reveal(),
    }
    return orjson.dumps({"script": str(script), "parameters": parameters})


def callback_url(public_url: str, scan_id: UUID) -> str:
    return f"{public_url.rstrip('/')}/msp/cspm/webhook/progress/{scan_id}"


def check_names(plan: Plan, scripts: Path) -> list[str] | None:
    """The checks to run, by the names of their scripts where there are such; None for all of them."""
    if len(plan.controls) == len(controls_of(plan.benchmark)):
        return None
    names = {found[1]: path.stem for path in sorted(scripts.rglob("*.ps1")) if (found := NUMBER.match(path.stem))}
    numbers = [control.benchmarks[plan.benchmark].number for control in plan.controls]
    return [names.get(number, number) for number in numbers]


def _identity(sign_in: SignIn) -> Mapping[str, str]:
    """Who signs in, and the proof of it."""
    secret = sign_in.secret.reveal()
    match sign_in.method:
        case AuthMethod.CLIENT_SECRET:
            return {"ClientId": sign_in.name, "ClientSecret": secret}
        case AuthMethod.CERTIFICATE:
            return {"ClientId": sign_in.name, "CertificatePem": secret, "CertificateThumbprint": _thumbprint(secret)}
        case AuthMethod.USERNAME_PASSWORD:
            return {"Username": sign_in.name, "Password": secret}


def _thumbprint(pem: str) -> str:
    """As Windows' certificate store knows it."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return hashlib.sha1(certificate.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest().upper()
