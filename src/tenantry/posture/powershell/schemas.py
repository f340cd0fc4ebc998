"""What the scripts report while they run."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int | None, Field(ge=0, le=10_000)]


class ProgressIn(BaseModel):
    """How far the scripts are. Whatever is not given stays as it is; what would go back is ignored."""

    model_config = ConfigDict(extra="ignore")

    progress_percentage: Annotated[float | None, Field(ge=0, le=100)] = None
    current_check: Annotated[str | None, Field(max_length=500)] = None
    total_checks: Count = None
    passed: Count = None
    failed: Count = None
    errors: Count = None
