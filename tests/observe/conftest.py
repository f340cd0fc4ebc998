"""The counterparts of Microsoft, as the clients' own tests have them."""

from tests.microsoft.conftest import contoso, microsoft, script

__all__ = ["contoso", "microsoft", "script"]
