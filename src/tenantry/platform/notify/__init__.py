"""Telling people something outside of the pages: channels, an outbox, and what carries a message away.

SCANNED = event_kind("scan.completed", "A scan has completed", "…")
tell(work, Message(event=SCANNED.name, subject=…, path=…), key=f"scan.completed:{scan.id}")

The message is kept in the transaction of what happened, once per channel and key, and is delivered by a job.
"""

from tenantry.platform.notify.events import EventKind, event_kind
from tenantry.platform.notify.message import Message, Section
from tenantry.platform.notify.outbox import audience, keep, tell

__all__ = ["EventKind", "Message", "Section", "audience", "event_kind", "keep", "tell"]
