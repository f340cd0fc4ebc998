"""Refusals, each in the words and shape of the service that gives them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mscloudsim.http import Reply, Request


@dataclass(slots=True)
class Refusal(Exception):
    """A refusal: status, code and message; how it is worded is the subclass's business."""

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    def reply(self, request: Request, now: float) -> Reply:
        raise NotImplementedError


class GraphRefusal(Refusal):
    """`{"error": {"code", "message", "innerError"}}`."""

    def reply(self, request: Request, now: float) -> Reply:
        inner = {
            "date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request.request_id,
            "client-request-id": request.header("client-request-id") or request.request_id,
        }
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return Reply.json(body, self.status, self.headers)


class ArmRefusal(Refusal):
    """`{"error": {"code", "message"}}`; gateways say so in a header."""

    def reply(self, request: Request, now: float) -> Reply:
        return Reply.json({"error": {"code": self.code, "message": self.message}}, self.status, self.headers)


class BareRefusal(ArmRefusal):
    """`{"code", "message"}`: a few providers behind ARM leave the wrapper out."""

    def reply(self, request: Request, now: float) -> Reply:
        return Reply.json({"code": self.code, "message": self.message}, self.status, self.headers)


@dataclass(slots=True)
class VaultRefusal(Refusal):
    """Key Vault's: as ARM's, with an inner code for what lies behind a 403."""

    inner: str = ""

    def reply(self, request: Request, now: float) -> Reply:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.inner:
            error["innererror"] = {"code": self.inner}
        return Reply.json({"error": error}, self.status, self.headers)


class ImdsRefusal(Refusal):
    """The metadata service: an OAuth error without an AADSTS number."""

    def reply(self, request: Request, now: float) -> Reply:
        return Reply.json({"error": self.code, "error_description": self.message}, self.status, self.headers)


@dataclass(slots=True)
class EntraRefusal(Refusal):
    """The token endpoint's OAuth error with its AADSTS number. `code` is the OAuth error."""

    number: int = 0

    def reply(self, request: Request, now: float) -> Reply:
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        trail = f"Trace ID: {request.request_id} Correlation ID: {request.request_id} Timestamp: {stamp}"
        body: dict[str, Any] = {
            "error": self.code,
            "error_description": f"AADSTS{self.number}: {self.message} {trail}",
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": request.request_id,
            "correlation_id": request.request_id,
            "error_uri": f"{request.base_url}/error?code={self.number}",
        }
        return Reply.json(body, self.status, {"cache-control": "no-store", **self.headers})


class ExchangeRefusal(Refusal):
    """Exchange and Security & Compliance: what happened stands in the details and again, deeper, inside.

    `code` is the name of the exception.
    """

    def reply(self, request: Request, now: float) -> Reply:
        told = f"Ex6F9304|{self.code}|{self.message}"
        error = {
            "code": _HTTP_NAMES.get(self.status, "InternalServerError"),
            "message": "Error executing cmdlet",
            "details": [{"code": "Context", "target": "", "message": told}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "internalexception": {"message": told, "type": self.code},
            },
        }
        headers = {"request-id": request.request_id, **self.headers}
        return Reply.json({"error": error}, self.status, headers)


class TeamsRefusal(Refusal):
    """Teams' configuration service: `{"code", "message", "correlationId"}`."""

    def reply(self, request: Request, now: float) -> Reply:
        correlation = request.header("x-ms-correlation-id") or request.request_id
        body = {"code": self.code, "message": self.message, "correlationId": correlation}
        return Reply.json(body, self.status, self.headers)


class SharePointRefusal(Refusal):
    """SharePoint: a message in a language; a token it does not take is told of in an `error_description` alone."""

    def reply(self, request: Request, now: float) -> Reply:
        if self.status == _UNAUTHORIZED:
            return Reply.json({"error_description": self.message}, self.status, self.headers)
        error = {"code": self.code, "message": {"lang": "en-US", "value": self.message}}
        return Reply.json({"error": error}, self.status, self.headers)


class FabricRefusal(Refusal):
    """Fabric: `{"requestId", "errorCode", "message"}`."""

    def reply(self, request: Request, now: float) -> Reply:
        body = {"requestId": request.request_id, "errorCode": self.code, "message": self.message}
        return Reply.json(body, self.status, {"requestid": request.request_id, **self.headers})


_UNAUTHORIZED = 401
_HTTP_NAMES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
