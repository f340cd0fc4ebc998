"""Defender for Cloud: secure scores, their controls, and standards. Without Defender there is nothing of it."""

from mscloudsim.arm.call import Call
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.governance import defender
from mscloudsim.world.azure.landscape import Subscription


def secure_scores(call: Call) -> Reply:
    azure, subscription = call.subscription(call.arguments[0])
    has_one = defender.is_defended(azure, subscription)
    return call.page(iter([defender.secure_score(call.world, azure, subscription)] if has_one else []))


def secure_score(call: Call) -> Reply:
    return Reply.json(defender.secure_score(call.world, *_defended(call)))


def controls(call: Call) -> Reply:
    return call.page(iter(defender.score_controls(call.world, *_defended(call))))


def standards(call: Call) -> Reply:
    return call.page(iter(defender.standards(call.world, *_defended(call))))


def standard_controls(call: Call) -> Reply:
    azure, subscription = _defended(call)
    known = {name.lower(): name for name in defender.STANDARDS}
    standard = known.get(call.arguments[1].lower())
    if standard is None:
        raise ArmRefusal(404, "ResourceNotFound", f"The standard '{call.arguments[1][:80]}' was not found.")
    return call.page(iter(defender.standard_controls(call.world, azure, subscription, standard)))


def _defended(call: Call) -> tuple[Azure, Subscription]:
    """Raises ArmRefusal 404 for a subscription in which Defender was never switched on."""
    azure, subscription = call.subscription(call.arguments[0])
    if not defender.is_defended(azure, subscription):
        text = f"Subscription '{subscription.id}' is not registered to Microsoft Defender for Cloud."
        raise ArmRefusal(404, "Subscription Not Registered", text)
    return azure, subscription
