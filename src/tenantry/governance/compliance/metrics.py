"""What is watched of compliance. Each slice that keeps a score registers a reader of its own, under its own subject."""

from tenantry.estate.metering import metric
from tenantry.estate.permissions import READ

SCORE_DROP = metric(
    "compliance.score_drop",
    "Drop of a compliance score",
    "points",
    READ,
    "Percentage points between the last two complete evaluations of the same kind. A rise is below zero.",
    size="controls that got worse",
    previous="the score before, in percent",
    path="/posture/{id}",
)
