"""Microsoft Entra: who may have which token."""

from mscloudsim.entra.service import Entra

__all__ = ["Entra"]
