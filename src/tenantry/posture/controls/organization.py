"""Settings of the organisation in the Microsoft 365 admin centre."""

from typing import Final

from tenantry.observe.catalogue.policies import APPS_AND_SERVICES, FORMS
from tenantry.posture.controls.flags import Wanted, flag_control, wrong_flags
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_OWNED: Final = {"settings.isOfficeStoreEnabled": False, "settings.isAppAndServicesTrialEnabled": False}

flag_control(
    "m365.forms_phishing_protection",
    FORMS,
    Wanted(
        "settings.isInOrgFormsPhishingScanEnabled",
        True,
        "Forms made inside the organisation are checked for phishing.",
        "Forms made inside the organisation are not checked for phishing.",
    ),
)


@check("m365.user_owned_apps_are_restricted", APPS_AND_SERVICES)
def user_owned_apps(evidence: Evidence, _parameters: Parameters) -> Finding:
    settings = one(evidence, APPS_AND_SERVICES)
    observed, wrong = settings.shown(*_OWNED), wrong_flags(settings, _OWNED)
    if wrong:
        return failed("People may get applications from the Office store, or start trials, by themselves.", observed)
    return passed("People cannot get applications or start trials by themselves.", observed)
