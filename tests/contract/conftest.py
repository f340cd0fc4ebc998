"""The simulated cloud, as its own tests start it."""

from tests.mscloudsim.conftest import cloud, running

__all__ = ["cloud", "running"]
