"""Whatever is sent to the API, it answers: with what it promised, or with a refusal. Never with a failure."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from tests.support.web import Client

from tenantry.main import openapi_document

Operation = APIOperation[Any, Any, Any, Any]
_QUIET = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]
_CHOSEN = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=_QUIET,
    phases=[Phase.generate],
)


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(openapi_document())
    for found in schema.get_all_operations():
        operation = found.ok() if isinstance(found, Ok) else pytest.fail(str(found.err()))
        yield pytest.param(operation, id=f"{operation.method.upper()} {operation.path}")


@pytest.mark.parametrize("operation", list(operations()))
def test_no_input_makes_the_api_fail(address: str, alice: Client, operation: Operation) -> None:
    headers = {"authorization": f"Bearer {alice.token}"}
    _try(operation, lambda case: case.call(base_url=address, headers=headers))


def _try(operation: Operation, call: Callable[[Any], Response]) -> None:
    @seed(4711)
    @_CHOSEN
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = call(case)
        assert response.status_code < 500, f"{case.as_curl_command()} → {response.status_code} {response.text[:300]}"

    check()
