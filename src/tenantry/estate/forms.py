"""Forms of the estate: what was typed becomes what the service takes, or an error at the field that has it."""

from collections.abc import Mapping
from typing import Any, Final

from tenantry.estate.schemas import CredentialIn
from tenantry.kit.references import NotAReference, Reference
from tenantry.platform.doors.forms import Faults, FormFaults, Model, words_of
from tenantry.platform.doors.forms import checked as checked_form

__all__ = ["KINDS", "Faults", "FormFaults", "checked", "clouds", "credential", "with_lost_secret"]

KINDS: Final = (
    ("certificate", "Certificate (best)"),
    ("client_secret", "Client secret"),
    ("managed_identity", "Managed identity of this machine"),
    ("federated", "Federated identity"),
)
_CLOUDS: Final = {"public": "Global", "us_gov": "US Government", "china": "China (21Vianet)"}
_GUID: Final = "This is not a GUID such as 8a1c6f1e-4b1e-4d3e-9f2a-3b4c5d6e7f80. {where}"
_FRIENDLIER: Final = {
    "entra_tenant_id": _GUID.format(where="Copy the tenant id from the overview page of the Entra admin centre."),
    "managed_by": "Choose the Microsoft tenant that manages this one; it has to be onboarded before.",
    "client_id": _GUID.format(where="Copy the application (client) id from the app registration's overview."),
    "name": "Give it a name of 1 to 256 characters, without control characters.",
    "expires_at": "This is not a date between 2000 and 2199.",
}
_CONCERNING: Final = (("client_id", "client_id"), ("managed_by", "managed_by"), ("manage itself", "managed_by"))
"""Errors of a whole form, by a word in them, and the field they are shown at; the rest is the secret's."""
_LOST: Final = "Type the secret again: it is never sent back to the browser."


def clouds(own: str) -> list[tuple[str, str]]:
    """The clouds to choose from; the simulator only where it is what this installation lives on."""
    offered = {**_CLOUDS, "simulator": "Simulator"} if own == "simulator" else _CLOUDS
    return list(offered.items())


def checked(model: type[Model], document: Mapping[str, Any], rest: str = "secret") -> Model:
    """Raises FormFaults with a sentence per field; `rest` is the field that gets what belongs to none."""
    return checked_form(model, document, lambda item: (_field(item, rest), _sentence(item)))


def credential(values: Mapping[str, str], secret: str) -> CredentialIn:
    """A text with a known scheme is a reference; anything else is the secret itself, and will be sealed."""
    given = secret.strip()
    is_reference = given.startswith(("env:", "file:", "keyvault:"))
    if is_reference:
        try:
            Reference.parse(given, "the secret")
        except NotAReference as error:
            raise FormFaults({"secret": error.detail}) from None
    document: dict[str, Any] = {"kind": values["kind"], "client_id": values["client_id"].strip() or None}
    document |= {"reference": given} if is_reference else {"value": given or None}
    document["expires_at"] = values.get("expires_at") or None
    return checked(CredentialIn, document)


def with_lost_secret(faults: dict[str, str], secret: str) -> dict[str, str]:
    """A refused form comes back filled, but for the secret; that is said at its field."""
    return {"secret": _LOST, **faults} if secret.strip() else faults


def _field(item: Mapping[str, Any], rest: str) -> str:
    place = [str(part) for part in item["loc"]]
    if place:
        return "secret" if place[-1] in ("reference", "value") else place[-1]
    return next((field for word, field in _CONCERNING if word in item["msg"]), rest)


def _sentence(item: Mapping[str, Any]) -> str:
    place = str(item["loc"][-1]) if item["loc"] else ""
    words = str(item["msg"]).removeprefix("Value error, ")
    if place in _FRIENDLIER:
        return _FRIENDLIER[place]
    if "needs client_id" in words:
        return "Give the application (client) id of the app registration."
    if "needs a reference or a value" in words:
        return "Paste the secret or certificate, or a reference to it."
    if "needs managed_by" in words:
        return _FRIENDLIER["managed_by"]
    return words_of(item)
