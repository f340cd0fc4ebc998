"""What something is likely to cost a month, by list price: only for want of costs, and always labelled as such. Pure.

Pay-as-you-go prices in US dollars, of one region; what depends on use or on a contract has none.
"""

from typing import Any, Final

from tenantry.observe.reading import mapping_of, text_of

CURRENCY: Final = "USD"
_MICRO: Final = 1_000_000
_FIXED: Final = {
    "unused_public_ip": 3.65,
    "nat_gateway_without_subnet": 32.85,
    "load_balancer_without_backend": 18.25,
}
_SNAPSHOT_GB: Final = 0.05
_SIZES: Final = (32, 64, 128, 256, 512, 1024)
"""Gigabytes of the usual disks; a disk is billed as the next larger one."""
_DISKS: Final = {
    "standard": (1.54, 3.01, 5.89, 11.33, 21.76, 40.96),
    "standardssd": (2.40, 4.80, 9.60, 19.20, 38.40, 76.80),
    "premium": (5.28, 10.21, 19.71, 38.02, 73.22, 122.88),
}


def monthly_estimate(reason: str, sku: str | None, properties: Any) -> int | None:
    """Millionths of a US dollar a month; None for what a list price does not tell."""
    price = _price(reason, text_of(sku).lower(), mapping_of(properties))
    return None if price is None else round(price * _MICRO)


def _price(reason: str, sku: str, properties: Any) -> float | None:
    if reason == "unattached_disk":
        return _disk(sku, properties.get("diskSizeGB"))
    if reason == "old_snapshot":
        size = properties.get("diskSizeGB")
        return size * _SNAPSHOT_GB if _is_size(size) else None
    if reason == "load_balancer_without_backend" and sku != "standard":
        return None
    return _FIXED.get(reason)


def _disk(sku: str, size: Any) -> float | None:
    prices = _DISKS.get(sku.partition("_")[0])
    if prices is None or not _is_size(size):
        return None
    return next((price for most, price in zip(_SIZES, prices, strict=True) if size <= most), None)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 65_536  # noqa: PLR2004 - 64 TB
