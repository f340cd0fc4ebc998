"""Reading what Microsoft answers: bodies that should be JSON, and errors in their several wrappings."""

import re
from typing import Any, Final

import msgspec
import orjson

from tenantry.microsoft.calls import Reply
from tenantry.microsoft.errors import Kind, UpstreamError


class _ErrorBody(msgspec.Struct):
    error: dict[str, Any] | str | None = None
    code: str | None = None
    message: str | None = None


_UNSTORABLE: Final = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""NUL and halves of surrogate pairs; what precedes them here looks like them and is not: a backslash, a whole pair."""


def storable(body: bytes) -> bytes:
    """The body with a replacement character for what JSON can say but no UTF-8 text or PostgreSQL column can hold."""
    if b"\\u0000" not in body and b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _UNSTORABLE.sub(lambda found: rb"\ufffd" if found[1] else found[0], body)


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
