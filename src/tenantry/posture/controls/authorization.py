"""What users and guests may do without being asked: the authorization policy."""

from typing import Final

from tenantry.observe.catalogue.identity import AUTHORIZATION_POLICY
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_USERS: Final = "defaultUserRolePermissions"


def _is_off(evidence: Evidence, permission: str, may: str) -> Finding:
    """A default permission of users that has to be off; `may` says what users can do with it."""
    policy, path = one(evidence, AUTHORIZATION_POLICY), f"{_USERS}.{permission}"
    allowed = policy.flag(path)
    told = failed if allowed else passed
    return told(f"Users {'may' if allowed else 'may not'} {may}.", policy.shown(path))


@check("entra.users_cannot_register_applications", AUTHORIZATION_POLICY)
def users_cannot_register_applications(evidence: Evidence, _parameters: Parameters) -> Finding:
    return _is_off(evidence, "allowedToCreateApps", "register applications")
