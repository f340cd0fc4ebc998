"""Opening the platform from settings: databases, master keys, time."""

import asyncio

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases
from tenantry.kit.errors import Unavailable
from tenantry.kit.master_keys import load_keyring
from tenantry.kit.secret import Secret
from tenantry.microsoft import Microsoft, UpstreamError, cloud_named
from tenantry.platform.work import Platform
from tenantry.settings import Settings


def open_platform(settings: Settings) -> Platform:
    """Opens it, or says why not before anything is served.

    Raises UnsafeDatabaseRole, UnsuitableCollation, NoMasterKey, UnresolvedReference or Unavailable.
    """
    keyring = open_keyring(settings)
    databases = Databases(settings.database_urls)
    databases.assert_isolation()
    return Platform(databases, keyring, SystemClock(), settings=settings)


def open_keyring(settings: Settings) -> Keyring:
    """Raises NoMasterKey, NotAReference, UnresolvedReference, BadMasterKey, and Unavailable for a silent vault."""
    return load_keyring(settings.master_keys, settings.home, lambda address: _from_key_vault(settings, address))


def _from_key_vault(settings: Settings, address: str) -> Secret:
    """A master key, read as the managed identity of this machine: so no other secret has to lie on it."""

    async def read() -> Secret:
        async with Microsoft(cloud_named(settings.cloud, settings.simulator_url)) as microsoft:
            return await microsoft.own_key_vault().secret(address)

    try:
        return asyncio.run(read())
    except UpstreamError as error:
        raise Unavailable(what=f"The master key in {address} ({error.advice} {error.message})") from error
