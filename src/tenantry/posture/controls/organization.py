"""Settings of the organisation in the Microsoft 365 admin centre."""

from typing import Final

from tenantry.observe.catalogue.policies import APPS_AND_SERVICES, FORMS
from tenantry.observe.datasets import Dataset
from tenantry.posture.controls.flags import Wanted, judge_flag, wrong_flags
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_OWNED: Final = {"isOfficeStoreEnabled": False, "isAppAndServicesTrialEnabled": False}
_SCAN: Final = Wanted(
    "isInOrgFormsPhishingScanEnabled",
    True,
    "Forms made inside the organisation are checked for phishing.",
    "Forms made inside the organisation are not checked for phishing.",
)


def _settings(evidence: Evidence, dataset: Dataset) -> Facts:
    """Graph's description has the settings bare; tools that read them in production find them in `settings`."""
    found = one(evidence, dataset)
    return found.object("settings") if found.has("settings") else found


@check("m365.forms_phishing_protection", FORMS)
def forms_phishing_protection(evidence: Evidence, _parameters: Parameters) -> Finding:
    return judge_flag(_settings(evidence, FORMS), _SCAN)


@check("m365.user_owned_apps_are_restricted", APPS_AND_SERVICES)
def user_owned_apps(evidence: Evidence, _parameters: Parameters) -> Finding:
    settings = _settings(evidence, APPS_AND_SERVICES)
    observed, wrong = settings.shown(*_OWNED), wrong_flags(settings, _OWNED)
    if wrong:
        return failed("People may get applications from the Office store, or start trials, by themselves.", observed)
    return passed("People cannot get applications or start trials by themselves.", observed)
