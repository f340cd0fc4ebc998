"""Azure Resource Manager: subscriptions, groups, resources, roles, the activity log and Lighthouse."""

from mscloudsim.arm.service import Arm

__all__ = ["Arm"]
