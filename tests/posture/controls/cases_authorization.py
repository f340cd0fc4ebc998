"""What users and guests may do: the authorization policy."""

from typing import Any

from tests.posture.judging import Case

from tenantry.observe.catalogue.identity import AUTHORIZATION_POLICY
from tenantry.posture.verdicts import Cause, Status


def policy(**permissions: Any) -> dict[Any, list[dict[str, Any]]]:
    return {AUTHORIZATION_POLICY: [{"id": "authorizationPolicy", "defaultUserRolePermissions": permissions}]}


_REGISTER = "entra.users_cannot_register_applications"
CASES = [
    Case(_REGISTER, "it is off", Status.PASS, policy(allowedToCreateApps=False), "may not register"),
    Case(_REGISTER, "it is on", Status.FAIL, policy(allowedToCreateApps=True), "may register"),
    Case(_REGISTER, "Microsoft left it out", Status.ERROR, policy(), cause=Cause.API_CHANGED),
    Case(_REGISTER, "it is null", Status.ERROR, policy(allowedToCreateApps=None), cause=Cause.API_CHANGED),
    Case(_REGISTER, "it was not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
]
