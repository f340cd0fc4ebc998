"""The form in which a credential is given, the same in the wizard and in the settings."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form

from tenantry.estate import flows, forms
from tenantry.estate.forms import FormFaults
from tenantry.estate.models import Credential
from tenantry.estate.service import UnusableCertificate
from tenantry.kit.errors import AppError
from tenantry.platform.jobs import JobAlreadyRunning
from tenantry.platform.work import Work

Short = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=20_000)]


@dataclass(frozen=True, slots=True)
class CredentialForm:
    """What was typed."""

    kind: Short = ""
    client_id: Short = ""
    secret: Long = field(default="", repr=False)
    expires_at: Short = ""

    @property
    def values(self) -> dict[str, str]:
        """What a refused form comes back with: everything but the secret."""
        return {"kind": self.kind, "client_id": self.client_id.strip(), "expires_at": self.expires_at}

    def give(self, work: Work, microsoft_tenant_id: UUID) -> dict[str, str]:
        """Puts it in the place of the current credential. Returns a sentence per field that refuses it, often none."""
        try:
            with work.session.begin_nested():
                flows.give_credential(work, microsoft_tenant_id, forms.credential(self.values, self.secret))
        except (FormFaults, UnusableCertificate, JobAlreadyRunning) as error:
            return _faults_of(error, self.secret)
        return {}


GivenCredential = Annotated[CredentialForm, Depends()]


def values_of(credential: Credential | None) -> dict[str, str]:
    """What the form starts with: everything but the secret."""
    if credential is None:
        return {"kind": "certificate", "client_id": "", "expires_at": ""}
    return {"kind": credential.kind.value, "client_id": credential.client_id, "expires_at": ""}


def _faults_of(error: AppError, secret: str) -> dict[str, str]:
    if isinstance(error, JobAlreadyRunning):
        words = "The connection is being tested with the former credential. Try again in a moment."
        return {"secret": words}
    faults = error.faults if isinstance(error, FormFaults) else {"secret": error.detail}
    return forms.with_lost_secret(faults, secret)
