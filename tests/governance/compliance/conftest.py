"""The product with a worker beside the simulated cloud, and Microsoft's counterpart to the letter."""

from tests.estate.conftest import operated, platform, settings, simulated
from tests.microsoft.conftest import contoso, microsoft, script

__all__ = ["contoso", "microsoft", "operated", "platform", "script", "settings", "simulated"]
