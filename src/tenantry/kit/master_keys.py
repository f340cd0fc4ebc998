"""Finding the master keys: from references, or from the file that the first run writes."""

import os
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.errors import AppError
from tenantry.kit.references import Reference, Scheme
from tenantry.kit.secret import Secret


class NoMasterKey(AppError):
    """There is no master key in {path}. Run `tenantry init` first, or name your keys in TENANTRY_MASTER_KEYS."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


def load_keyring(references: Sequence[str], home: Path, from_key_vault: Callable[[str], Secret]) -> Keyring:
    """The keys of the references, newest first; without any, those in `home`/master.key, one per line."""
    if references:
        return Keyring([_resolve(text, from_key_vault) for text in references])
    path = key_file(home)
    if not path.exists():
        raise NoMasterKey(path=path)
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    return Keyring([MasterKey.from_text(line, str(path)) for line in lines])


def add_generated_key(home: Path) -> None:
    """Puts a new key first into `home`/master.key, readable by its owner alone; the older ones stay to unwrap."""
    path = key_file(home)
    older = path.read_text() if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{MasterKey.generate_text()}\n{older}")
    fresh.replace(path)


def key_file(home: Path) -> Path:
    return home / "master.key"


def _resolve(text: str, from_key_vault: Callable[[str], Secret]) -> MasterKey:
    reference = Reference.parse(text, "TENANTRY_MASTER_KEYS")
    secret = from_key_vault(reference.target) if reference.scheme is Scheme.KEYVAULT else reference.resolve_local()
    return MasterKey.from_text(secret.reveal(), str(reference))
