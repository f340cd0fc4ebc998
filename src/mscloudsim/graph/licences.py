"""Refusals for what a tenant did not pay for, each in the words of the interface that gives it."""

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.call import Call
from mscloudsim.world.estate import Licence


def need_premium(call: Call) -> None:
    """Reports about people need Entra ID P1."""
    if call.caller.tenant.licence is Licence.FREE:
        text = "Neither tenant is B2C or tenant doesn't have premium license"
        raise GraphRefusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def need_conditional_access(call: Call) -> None:
    """Conditional Access needs Entra ID P1."""
    if call.caller.tenant.licence is Licence.FREE:
        raise GraphRefusal(403, "AadPremiumLicenseRequired", "Your tenant is not licensed for this feature.")


def need_privileged_identity_management(call: Call) -> None:
    """Eligible and time-bound roles need Entra ID P2."""
    if call.caller.tenant.licence is not Licence.P2:
        text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
        raise GraphRefusal(400, "AadPremiumLicenseRequired", text)


def need_identity_protection(call: Call) -> None:
    """Risky users need Entra ID P2."""
    if call.caller.tenant.licence is not Licence.P2:
        raise GraphRefusal(403, "Forbidden", "Your tenant is not licensed for this feature.")


def need_access_reviews(call: Call) -> None:
    """Access reviews need Entra ID P2 or Governance."""
    if call.caller.tenant.licence is not Licence.P2:
        raise GraphRefusal(403, "AadPremiumLicenseRequired", "Your tenant is not licensed for this feature.")


def need_intune(call: Call) -> None:
    """Device management needs Intune, which every licence here but the free one holds."""
    if call.caller.tenant.licence is Licence.FREE:
        raise GraphRefusal(400, "BadRequest", "Request not applicable to target tenant.")
