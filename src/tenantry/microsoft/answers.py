"""Reading what Microsoft answers: bodies that should be JSON, and errors in their several wrappings."""

from typing import Any

import msgspec
import orjson

from tenantry.microsoft.calls import Reply
from tenantry.microsoft.errors import Kind, UpstreamError


class _ErrorBody(msgspec.Struct):
    error: dict[str, Any] | str | None = None
    code: str | None = None
    message: str | None = None


def error_of(body: bytes) -> tuple[str | None, str]:
    """Code and message of an error body, also of gateways that answer with HTML or nothing."""
    try:
        parsed = msgspec.json.decode(body, type=_ErrorBody)
    except msgspec.DecodeError:
        return None, ""
    if isinstance(parsed.error, dict):
        return parsed.error.get("code"), str(parsed.error.get("message") or "")
    return parsed.code or parsed.error, parsed.message or ""


def decoded(reply: Reply, service: str) -> Any:
    """The body as JSON; None when it is empty. Raises UpstreamError(MALFORMED)."""
    if not reply.body:
        return None
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise UpstreamError(Kind.MALFORMED, service, "the answer is not JSON", reply.status) from error
