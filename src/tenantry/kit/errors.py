"""Errors as values: each class is one error with a stable code, an HTTP status and a sentence to act on.

The docstring *is* the message: its `{names}` are filled from the facts given when raising. RFC 9457 carries
them to API callers (`tenantry.platform.doors.problems`); the same sentence is what a page or the CLI shows.
"""

import re
from http import HTTPStatus
from typing import Any, ClassVar

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class AppError(Exception):
    """Something went wrong that Tenantry did not foresee. The request id finds it in the log."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal_error"
    registry: ClassVar[dict[str, type["AppError"]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.code = cls.__dict__.get("code", _WORD.sub("_", cls.__name__).lower())
        known = AppError.registry.setdefault(cls.code, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            message = f"error code {cls.code!r} is taken by {known.__qualname__}"
            raise TypeError(message)

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """The sentence for a human, with the facts of this occurrence."""
        template = " ".join((type(self).__doc__ or "").split())
        return template.format(**self.facts)

    @property
    def title(self) -> str:
        """The class name in words: stable for one code."""
        return _WORD.sub(" ", type(self).__name__).capitalize()


class BadRequest(AppError):
    """The request cannot be understood: {why}."""

    status = HTTPStatus.BAD_REQUEST


class InvalidInput(AppError):
    """Some values are not acceptable: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotSignedIn(AppError):
    """Sign in first, or send a valid token."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(AppError):
    """You need the permission {permission} for this. An administrator of your organisation can grant it."""

    status = HTTPStatus.FORBIDDEN


class NotFound(AppError):
    """There is no {what} with this id, or you may not see it."""

    status = HTTPStatus.NOT_FOUND


class Conflict(AppError):
    """The request does not fit the current state: {why}."""

    status = HTTPStatus.CONFLICT


class TooLarge(AppError):
    """The request is larger than the {limit} bytes allowed here."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyRequests(AppError):
    """Too many attempts. Try again in {retry_after} seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(AppError):
    """{what} is not available right now. Try again shortly."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
