"""Opening the platform from settings: databases, master keys, time."""

from collections.abc import Callable

from tenantry.kit.clock import SystemClock
from tenantry.kit.db import Databases
from tenantry.kit.master_keys import load_keyring
from tenantry.kit.secret import Secret
from tenantry.platform.work import Platform
from tenantry.settings import Settings


def open_platform(settings: Settings, from_key_vault: Callable[[str], Secret]) -> Platform:
    """Raises UnsafeDatabaseRole, NoMasterKey or UnresolvedReference before anything is served."""
    keyring = load_keyring(settings.master_keys, settings.home, from_key_vault)
    databases = Databases(settings.database_urls)
    databases.assert_isolation()
    return Platform(databases, keyring, SystemClock())
