"""Sealing and opening a tenant's secrets, and rotating the keys that do it."""

import os
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.crypto import KEY_BYTES, Keyring, seal, unseal
from tenantry.kit.db import TenantSession
from tenantry.kit.secret import Secret
from tenantry.platform.encryption.models import DataKey, KeyPurpose, StoredSecret


@dataclass(slots=True)
class Vault:
    """The secrets of one tenant. What is stored can be used, replaced or forgotten, never shown."""

    session: TenantSession
    keyring: Keyring
    clock: Clock

    def store(self, secret: Secret) -> StoredSecret:
        stored = StoredSecret(tenant_id=self.session.tenant_id, created_at=self.clock.now(), sealed=b"")
        self._seal(stored, secret, self.key(KeyPurpose.SECRETS))
        self.session.add(stored)
        return stored

    def open(self, secret_id: UUID) -> Secret:
        """Raises NotFound, or Undecryptable when the row was tampered with."""
        stored = self.session.one(StoredSecret, secret_id)
        data_key = self.session.one(DataKey, stored.data_key_id)
        return Secret(unseal(self.unwrap(data_key), stored.sealed, _context(stored)).decode())

    def forget(self, secret_id: UUID) -> None:
        self.session.delete(self.session.one(StoredSecret, secret_id))

    def key(self, purpose: KeyPurpose) -> DataKey:
        """The newest key for a purpose, made at first use."""
        newest = select(DataKey).where(DataKey.purpose == purpose).order_by(DataKey.id.desc()).limit(1)
        return self.session.scalars(newest).one_or_none() or self._new_key(purpose)

    def unwrap(self, data_key: DataKey) -> bytes:
        return self.keyring.unwrap(data_key.master_key_id, data_key.wrapped, _context(data_key))

    def rotate(self) -> int:
        """Re-wraps every data key with the current master key and re-seals every secret with a new data key.

        Returns how many secrets were re-sealed. Audit keys are re-wrapped only: they still have to verify old seals.
        """
        for data_key in self.session.scalars(select(DataKey)).all():
            plain = self.unwrap(data_key)
            data_key.master_key_id, data_key.wrapped = self.keyring.wrap(plain, _context(data_key))
        stored = self.session.scalars(select(StoredSecret)).all()
        if stored:
            fresh = self._new_key(KeyPurpose.SECRETS)
            for row in stored:
                self._seal(row, self.open(row.id), fresh)
            self._forget_retired_keys(fresh)
        return len(stored)

    def _seal(self, row: StoredSecret, secret: Secret, data_key: DataKey) -> None:
        row.data_key_id = data_key.id
        row.sealed = seal(self.unwrap(data_key), secret.reveal().encode(), _context(row))

    def _new_key(self, purpose: KeyPurpose) -> DataKey:
        row = DataKey(
            tenant_id=self.session.tenant_id,
            purpose=purpose,
            created_at=self.clock.now(),
            master_key_id="",
            wrapped=b"",
        )
        row.master_key_id, row.wrapped = self.keyring.wrap(os.urandom(KEY_BYTES), _context(row))
        self.session.add(row)
        self.session.flush()
        return row

    def _forget_retired_keys(self, fresh: DataKey) -> None:
        self.session.flush()
        retired = select(DataKey).where(DataKey.purpose == KeyPurpose.SECRETS, DataKey.id != fresh.id)
        for data_key in self.session.scalars(retired).all():
            self.session.delete(data_key)


def _context(row: DataKey | StoredSecret) -> bytes:
    return f"{row.__tablename__}:{row.tenant_id}:{row.id}".encode()
