"""What an orchestrator, a monitor and an administrator are told, and what others are not."""

from tests.support.web import Client
from prometheus_client.parser import text_string_to_metric_families


def test_thin(alice: Client, visitor: Client) -> None:
    print(visitor.get("/health").text, visitor.get("/ready").text)
    print(alice.get("/health/detailed").text)
    print(visitor.get("/health/detailed").text)
    print(visitor.get("/metrics").text)
    list(text_string_to_metric_families(visitor.get("/metrics").text))
    assert 0
