"""The product with a worker beside the simulated cloud, as the estate's tests have it."""

from tests.estate.conftest import operated, platform, settings, simulated
from tests.platform.test_every_route import outsider
from tests.platform.test_secret_values import log

__all__ = ["log", "operated", "outsider", "platform", "settings", "simulated"]
