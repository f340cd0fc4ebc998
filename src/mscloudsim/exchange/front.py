"""What Exchange and Security & Compliance have in common: tokens, roles, anchors, limits, one cmdlet, the batch."""

import re
from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.authorization import Caller, caller_of
from mscloudsim.errors import ExchangeRefusal
from mscloudsim.exchange.cmdlets import available, run
from mscloudsim.exchange.paging import Page, limit_of, page_of
from mscloudsim.faults import FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.m365.access import admission_of
from mscloudsim.world.m365.mailboxes import TEMPLATES
from mscloudsim.world.m365.settings import settings_of
from mscloudsim.world.world import World

_RATE: Final = Rate(200, 20)
"""Cmdlets of an application in a tenant. Microsoft publishes no number."""
_UNAUTHORIZED: Final = "Microsoft.Exchange.Security.OAuth.InvalidOAuthTokenException"
_DENIED: Final = "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException"
_MALFORMED: Final = "Microsoft.OData.ODataException"
_SAID: Final = {
    "missing": "The bearer token is missing.",
    "signature": "The signature of the token is not valid.",
    "audience": "The audience of the token is not this service.",
    "expired": "The token has expired.",
}


@dataclass(frozen=True)
class Front:
    """One endpoint for cmdlets. `anchor`: a pattern of X-AnchorMailbox, into which `{tenant}` and `{domain}` go."""

    world: World
    service: str
    audiences: frozenset[str]
    anchor: str

    def caller(self, request: Request, tenant_id: str) -> Caller:
        """Raises ExchangeRefusal 401 or 403 in the words that tell why not."""
        caller = caller_of(self.world, request, self.audiences, _unauthorized)
        if tenant_id.lower() not in (caller.tenant.id, caller.tenant.initial_domain, caller.tenant.domain):
            raise ExchangeRefusal(403, _DENIED, "The tenant of the token is not the tenant of the request.")
        if caller.delegated:
            return caller
        if "Exchange.ManageAsApp" not in caller.roles:
            raise ExchangeRefusal(403, _DENIED, "The token carries no role that lets an application manage Exchange.")
        if not admission_of(self.world, caller.tenant).reads_globally:
            text = (
                f"The role assigned to application {caller.app_id} isn't supported in this scenario. Please check "
                "online documentation for assigning correct Directory Roles to the application."
            )
            raise ExchangeRefusal(403, _DENIED, text)
        return caller

    def charge(self, caller: Caller) -> None:
        """Takes one cmdlet. Raises ExchangeRefusal 429."""
        bucket = f"{self.service}|{caller.tenant.id}|{caller.app_id}"
        verdict = self.world.throttles.take(bucket, _RATE, 1, self.world.clock.now())
        if verdict.passed:
            return
        self.world.stats.throttled[self.service] += 1
        if verdict.too_early:
            self.world.stats.too_early[f"{self.service}|{caller.tenant.id}"] += 1
        text = "The server is too busy for this tenant. Please retry later."
        headers = {"retry-after": str(verdict.retry_after)}
        raise ExchangeRefusal(429, "Microsoft.Exchange.Data.Storage.OverBudgetException", text, headers)

    def invoke(self, request: Request, caller: Caller) -> Reply:
        """The answer to one cmdlet. Raises ExchangeRefusal."""
        self.charge(caller)
        self._check_anchor(request, caller)
        cmdlet, parameters = _input(request)
        start, settings = Page.of(request), settings_of(self.world, caller.tenant)
        if start != Page() and self._due(FaultKind.EMPTY_PAGE, request, caller):
            return Reply.json({"@odata.context": self._context(request, caller), "value": [], _NEXT: request.url})
        rows = run(settings, self.service, cmdlet, parameters, start.position)
        proper = {name.lower(): value for name, value in parameters.items()}
        limit = limit_of(proper.get("resultsize"), counted=cmdlet.lower().removeprefix("get-") in _COUNTED)
        body = page_of(rows, request, start, limit, self._context(request, caller))
        if _NEXT in body and self._due(FaultKind.REPEATED_LINK, request, caller):
            body[_NEXT] = request.url
        return Reply.json(body)

    def module(self, request: Request, caller: Caller) -> Reply:
        """The cmdlets that this caller can run, as a client asks before it runs any."""
        if request.header("commandname") != "*":
            raise ExchangeRefusal(400, _MALFORMED, "The CommandName header is missing.")
        names = ",".join(available(settings_of(self.world, caller.tenant), self.service))
        return Reply.json({"@odata.context": self._context(request, caller), "value": [{"exportedCmdlets": names}]})

    def _check_anchor(self, request: Request, caller: Caller) -> None:
        anchor, tenant = request.header("x-anchormailbox"), caller.tenant
        pattern = self.anchor.format(tenant=re.escape(tenant.id), domain=re.escape(tenant.initial_domain))
        if not anchor:
            raise ExchangeRefusal(400, _MALFORMED, "The X-AnchorMailbox header is missing.")
        if re.fullmatch(pattern, anchor, re.IGNORECASE) is None:
            raise ExchangeRefusal(400, _MALFORMED, f"The X-AnchorMailbox header leads nowhere: {anchor[:120]}")

    def _due(self, kind: FaultKind, request: Request, caller: Caller) -> bool:
        if self.world.faults.due(self.service, request.path, caller.tenant.id, kind) is None:
            return False
        self.world.stats.faults[kind.value] += 1
        return True

    def _context(self, request: Request, caller: Caller) -> str:
        root = request.path.partition("/adminapi/")[0]
        place = f"{request.base_url}{root}/adminapi/beta/{caller.tenant.id}"
        return f"{place}/$metadata#Collection(Exchange.GenericHashTable)"


_NEXT: Final = "@odata.nextLink"
_COUNTED: Final = frozenset(name.lower() for name in TEMPLATES)


def _input(request: Request) -> tuple[str, dict[str, Any]]:
    """The cmdlet and its parameters. Raises ExchangeRefusal 400 for a body that names none."""
    body = request.json()
    asked = body.get("CmdletInput") if isinstance(body, dict) else None
    name = asked.get("CmdletName") if isinstance(asked, dict) else None
    parameters = (asked.get("Parameters") or {}) if isinstance(asked, dict) else None
    if not isinstance(name, str) or not name or not isinstance(parameters, dict):
        raise ExchangeRefusal(400, _MALFORMED, "The body needs CmdletInput with CmdletName and Parameters.")
    return name, parameters


def _unauthorized(why: str) -> ExchangeRefusal:
    challenge = 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"'
    return ExchangeRefusal(401, _UNAUTHORIZED, _SAID[why], {"www-authenticate": challenge})
