"""Errors on the wire: RFC 9457 problem+json for programs. What a caller sent is never echoed back."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.errors import AppError


def problem(request: Request, error: AppError, **extra: Any) -> Response:
    """The answer for one error: type, title, status, detail, code, instance and the request id to quote."""
    body = {
        "type": f"/docs/errors#{error.code}",
        "title": error.title,
        "status": int(error.status),
        "detail": error.detail,
        "code": error.code,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
        **extra,
    }
    headers = {"Retry-After": str(error.facts["retry_after"])} if "retry_after" in error.facts else {}
    return Response(orjson.dumps(body, default=str), int(error.status), headers, media_type="application/problem+json")


def validation_errors(error: RequestValidationError) -> list[dict[str, str]]:
    """Where each wrong value stands and what is wrong with it, without the value."""
    return [{"field": _field(item["loc"]), "message": item["msg"]} for item in error.errors()]


def _field(location: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; see the list of error codes."},
        "instance": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "message": {"type": "string"}}},
        },
    },
}
