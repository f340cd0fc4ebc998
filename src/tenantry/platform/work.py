"""The unit of work: what one request, job step or command holds while it acts in one tenant."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from tenantry.kit.clock import Clock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases, TenantSession
from tenantry.kit.db.sessions import Row, missing
from tenantry.platform.access import Actor
from tenantry.platform.audit.capture import attach_audit
from tenantry.platform.audit.service import Audit
from tenantry.platform.encryption.service import Vault
from tenantry.settings import Settings


@dataclass(frozen=True, slots=True)
class Platform:
    """What every unit of work is built from: the databases, the keys, the time and what the operator has set."""

    databases: Databases
    keyring: Keyring
    clock: Clock
    wake_jobs: threading.Event = field(default_factory=threading.Event)
    """Set after a commit that enqueued jobs, so that the runner of this process looks at once."""
    settings: Settings = field(default_factory=Settings)

    @contextmanager
    def work(self, actor: Actor, *, read_only: bool = False) -> Iterator["Work"]:
        """One transaction of one actor in one tenant; committed when the block ends well, otherwise rolled back."""
        with self.databases.tenant(actor.tenant_id, read_only=read_only) as session:
            audit = Audit(session, actor, self.clock)
            attach_audit(session, audit)
            yield Work(self, session, actor, audit)


@dataclass(frozen=True, slots=True)
class Work:
    """Handed to every service. Services use it; they never commit it."""

    platform: Platform
    session: TenantSession
    actor: Actor
    audit: Audit

    @property
    def clock(self) -> Clock:
        return self.platform.clock

    def one(
        self, model: type[Row], row_id: UUID, what: str | None = None, *, about: str = "microsoft_tenant_id"
    ) -> Row:
        """A row about a Microsoft tenant, which column `about` names.

        Raises NotFound, the same for what is missing, another tenant's, or outside the actor's scope.
        """
        row = self.session.one(model, row_id, what)
        if self.actor.scope is not None and getattr(row, about) not in self.actor.scope:
            raise missing(model, what)
        return row

    @property
    def vault(self) -> Vault:
        return Vault(self.session, self.platform.keyring, self.platform.clock)
