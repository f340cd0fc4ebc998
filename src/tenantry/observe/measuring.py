"""What is told of a collection that ended: a line in the log, and a count."""

from typing import Final

from tenantry.kit.logging import get_logger
from tenantry.kit.metrics import counter
from tenantry.observe.models import Outcome

_log = get_logger("tenantry.observe")
_ENDED: Final = counter("tenantry_collections_total", "Collections that ended here, by how.", "dataset", "outcome")


def note_ended(dataset: str, outcome: Outcome) -> None:
    _log.info("collection ended", dataset=dataset, outcome=outcome)
    _ENDED.labels(dataset, outcome.value).inc()
