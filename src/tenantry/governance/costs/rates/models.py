"""What an administrator says that a currency is worth."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime


class CurrencyRate(TenantOwned, Base):
    """From a day on, until a later one is stated. Without a row a currency is not converted."""

    __tablename__ = "currency_rate"
    __table_args__ = (Index("uq_currency_rate", "tenant_id", "currency", "into", "since", unique=True),)

    currency: Mapped[str] = mapped_column(String(8))
    into: Mapped[str] = mapped_column(String(8))
    since: Mapped[date] = mapped_column(Date)
    nanos: Mapped[int] = mapped_column(BigInteger)
    """Billionths of `into` that one of `currency` is worth."""
    stated_by: Mapped[str] = mapped_column(String(254))
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
