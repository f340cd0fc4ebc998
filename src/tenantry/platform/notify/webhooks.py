"""A message as JSON for a program, signed so that it knows who sent it and when.

`Tenantry-Signature: v1=` and the HMAC-SHA256, in hex, of the timestamp, a dot and the body, under the channel's secret.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final

import orjson

from tenantry.kit.secret import Secret
from tenantry.platform.notify.outbox import Parcel

DELIVERY: Final = "Tenantry-Delivery"
TIMESTAMP: Final = "Tenantry-Timestamp"
SIGNATURE: Final = "Tenantry-Signature"


def as_json(parcel: Parcel, address: str) -> bytes:
    message = parcel.message
    document = {
        "id": str(parcel.notification_id),
        "event": message.event,
        "subject": message.subject,
        "text": message.lead,
        "is_problem": message.is_problem,
        "facts": [{"name": name, "value": value} for name, value in message.facts],
        "sections": [section.model_dump() for section in message.sections],
        "url": address,
        "data": message.data,
    }
    return orjson.dumps(document)


def signed(parcel: Parcel, body: bytes, at: datetime) -> dict[str, str]:
    """The headers. A repeat of a delivery has the same `Tenantry-Delivery`, and a timestamp of its own."""
    timestamp = str(int(at.timestamp()))
    return {
        "Tenantry-Event": parcel.message.event,
        DELIVERY: str(parcel.notification_id),
        TIMESTAMP: timestamp,
        SIGNATURE: f"v1={signature(parcel.signing_key or Secret(''), timestamp, body)}",
    }


def signature(key: Secret, timestamp: str, body: bytes) -> str:
    return hmac.new(key.reveal().encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
