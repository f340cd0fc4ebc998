"""The product with a worker beside the simulated cloud, and Microsoft tenants planted without one."""

import pytest
from tests.estate.conftest import operated, platform, settings, simulated
from tests.governance.identity.planted import plant_contoso, plant_fabrikam
from tests.support.cast import Cast
from tests.support.observed import Observed

from tenantry.platform.work import Platform

__all__ = ["contoso", "fabrikam", "operated", "platform", "settings", "simulated"]


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    return plant_contoso(Observed.onboard(platform, cast.alice.actor, "Contoso"))


@pytest.fixture
def fabrikam(platform: Platform, cast: Cast) -> Observed:
    return plant_fabrikam(Observed.onboard(platform, cast.alice.actor, "Fabrikam"))
