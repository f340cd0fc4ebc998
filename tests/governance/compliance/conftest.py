"""The product with a worker beside the simulated cloud, and Microsoft's counterpart to the letter."""

from tests.estate.conftest import operated, platform, settings, simulated
from tests.governance.compliance.governed import customer
from tests.microsoft.conftest import contoso, microsoft, script

__all__ = ["contoso", "customer", "microsoft", "operated", "platform", "script", "settings", "simulated"]
