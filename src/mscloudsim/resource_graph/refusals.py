"""What Resource Graph refuses, in its own two shapes."""

from datetime import UTC, datetime
from typing import Any, Final

from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply, Request

_SUPPORT: Final = "Please provide below info when asking for support: timestamp = {at}, correlationId = {id}."
_LATER: Final = (
    "Client application has been throttled and should not attempt to repeat the request until an amount of time has "
    "elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
)


class _Detailed(ArmRefusal):
    """An error whose reason stands in its details."""

    def __init__(self, status: int, code: str, details: list[dict[str, Any]], headers: dict[str, str]) -> None:
        super().__init__(status, code, _SUPPORT, headers)
        self.details = details

    def reply(self, request: Request, now: float) -> Reply:
        at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        message = self.message.format(at=at, id=request.request_id)
        body = {"error": {"code": self.code, "message": message, "details": self.details}}
        return Reply.json(body, self.status, self.headers)


class QueryRefusal(_Detailed):
    """A query outside the language."""

    def __init__(self, details: list[dict[str, Any]]) -> None:
        reason = {"code": "InvalidQuery", "message": "Query is invalid. Please refer to the documentation."}
        super().__init__(400, "BadRequest", [reason, *details], {})


class Throttled(_Detailed):
    """More than fifteen queries in five seconds."""

    def __init__(self, seconds: int) -> None:
        headers = {
            "retry-after": str(seconds),
            "x-ms-user-quota-remaining": "0",
            "x-ms-user-quota-resets-after": f"00:00:{min(seconds, 59):02}",
        }
        super().__init__(429, "RateLimiting", [{"code": "RateLimiting", "message": _LATER}], headers)
