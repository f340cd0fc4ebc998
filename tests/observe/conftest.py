"""The counterparts of Microsoft, as the clients' own tests have them."""

from tests.microsoft.conftest import cloud, contoso, microsoft, running_cloud, script

__all__ = ["cloud", "contoso", "microsoft", "running_cloud", "script"]
