"""What an administrator says that a licence costs: no interface of Microsoft's tells it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime


class LicencePrice(TenantOwned, Base):
    """What a seat of a licence costs a month. A licence without a row has no price, which is not zero."""

    __tablename__ = "licence_price"
    __table_args__ = (Index("uq_licence_price", "tenant_id", "part_number", unique=True),)

    part_number: Mapped[str] = mapped_column(String(128))
    """Of the SKU, such as `SPE_E5`, in upper case."""
    micros: Mapped[int] = mapped_column(BigInteger)
    """Millionths of the currency."""
    currency: Mapped[str] = mapped_column(String(3))
    stated_by: Mapped[str] = mapped_column(String(320))
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
