"""What a failed body means: what people are told, and whether trying again can help."""

from dataclasses import dataclass
from http import HTTPStatus

from tenantry.kit.errors import AppError
from tenantry.microsoft.errors import UpstreamError


@dataclass(frozen=True, slots=True)
class Failure:
    """A code that stays, a sentence to act on, and when to try again at the earliest (seconds)."""

    code: str
    message: str
    is_permanent: bool
    retry_after: float = 0.0

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Reads an exception. Of one nobody foresaw only the log tells the text: it may hold SQL and values."""
        match root_cause(error):
            case UpstreamError() as known:
                return cls(known.kind.value, f"{known.advice} ({known})", known.permanent, known.retry_after or 0.0)
            case AppError() as known:
                passes = (
                    known.status >= HTTPStatus.INTERNAL_SERVER_ERROR or known.status is HTTPStatus.TOO_MANY_REQUESTS
                )
                return cls(known.code, known.detail, not passes, float(known.facts.get("retry_after") or 0.0))
            case _:
                return cls(AppError.code, AppError().detail, is_permanent=False)


def root_cause(error: BaseException) -> BaseException:
    """The first thing that went wrong: a task group wraps what its tasks raise."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
