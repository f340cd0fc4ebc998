"""The product with a worker beside the simulated cloud, as the estate's tests have it."""

from tests.estate.conftest import operated, platform, settings, simulated

__all__ = ["operated", "platform", "settings", "simulated"]
