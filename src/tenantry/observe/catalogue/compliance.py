"""Security & Compliance (Purview): data loss prevention, labels, alerts."""

from datetime import timedelta
from typing import Final

from tenantry.observe.catalogue.exchange import MANAGE_AS_APP
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import Batched, CmdletAsk

_VOLATILE: Final = frozenset({"WhenChanged", "WhenChangedUTC", "ExchangeVersion", "OriginatingServer", "ObjectState"})


def _compliance(name: str, title: str, cmdlet: str) -> Dataset:
    source = CmdletAsk(cmdlet, {}, Batched.COMPLIANCE)
    return dataset(
        Dataset(
            f"compliance.{name}",
            title,
            Needs.EXCHANGE,
            source,
            (MANAGE_AS_APP,),
            title,
            volatile=_VOLATILE,
            every=timedelta(hours=24),
        )
    )


DLP_POLICIES = _compliance("dlp_policies", "Data loss prevention policies", "Get-DlpCompliancePolicy")
LABEL_POLICIES = _compliance("label_policies", "Sensitivity label policies", "Get-LabelPolicy")
PROTECTION_ALERTS = _compliance("protection_alerts", "Alert policies", "Get-ProtectionAlert")
