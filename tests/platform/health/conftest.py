"""An installation with a token for its monitoring."""

from pathlib import Path

import pytest
from tests.support.web import Client

from tenantry.settings import Settings

TOKEN = "a token for the monitoring of this installation"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    options = {"monitoring_token": TOKEN, "metrics_cache_seconds": 0, "_env_file": None}
    return Settings(home=tmp_path, **options)  # type: ignore[arg-type]  # pydantic reads them


@pytest.fixture
def monitor(address: str) -> Client:
    """A program with the token of the settings."""
    return Client(address, token=TOKEN)
