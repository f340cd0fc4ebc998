"""Azure Policy Insights: what policies say of the resources of a subscription. Everything is asked by POST, pages too.

Asked of single subscriptions only: of a management group it answers `ResponseTooLarge`, or with an empty body.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from multidict import CIMultiDictProxy

from tenantry.microsoft.arm import ArmClient, ArmDialect
from tenantry.microsoft.calls import Call
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.paging import Page

_VERSION: Final = "2019-10-01"
_TOO_LARGE: Final = "ResponseTooLarge"


class PolicyDialect(ArmDialect):
    """As ARM; an answer that is too large for the service is one it cannot give, and no fault of the request."""

    service = "policy-insights"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        found = ArmDialect.error(self, call, status, headers, body)
        if found.code != _TOO_LARGE:
            return found
        return UpstreamError(Kind.UNSUPPORTED, self.service, found.message, status, found.code)


@dataclass(slots=True)
class PolicyClient:
    """Policy Insights for one Microsoft tenant's principal."""

    arm: ArmClient

    async def summary(self, subscription: str) -> dict[str, Any]:
        """The newest sums: of the subscription, and of each assignment with its definitions and groups.

        Raises UpstreamError(MALFORMED) for an answer without any: it says nothing, and not that all is compliant.
        """
        path = f"{_states(subscription)}/summarize"
        async for page in self.arm.pages(path, _VERSION, method="POST"):
            for row in page.rows:
                found: dict[str, Any] = msgspec.json.decode(row)
                return found
        raise UpstreamError(Kind.MALFORMED, "policy-insights", "the summary is empty")

    def states(self, subscription: str, condition: str) -> AsyncIterator[Page]:
        """The newest states for which a condition holds, a thousand a page."""
        return self.arm.pages(f"{_states(subscription)}/queryResults?$filter={condition}", _VERSION, method="POST")


def _states(subscription: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.PolicyInsights/policyStates/latest"
