"""Messages on their way, as tests cause them and look at them."""

from datetime import time

from django.utils import timezone

from oscar_loyalty.flows import preferences_chosen
from oscar_loyalty.models import Message, MessageKind, MessageLimits
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import MARKETING
from tests import world


def switch_on(*codes, days=0, channels=("email",)):
    """Let messages of these kinds be sent so, at any hour unless a test says otherwise."""
    MessageLimits.objects.update_or_create(
        singleton=1, defaults={"quiet_from": time(0), "quiet_until": time(0)}
    )
    for code in codes:
        chosen = {"active": True, "days": days, "channels": list(channels)}
        MessageKind.objects.update_or_create(code=code, defaults=chosen)


def post(account, kind="offer", *, key="1", at=None, **fields):
    """A message to a member, due at that moment."""
    at = at or timezone.now()
    messages.queue(
        [Message(account_id=account.pk, kind=kind, key=f"{kind}:{key}", planned_at=at, **fields)]
    )
    return Message.objects.get(key=f"{kind}:{key}")


def states():
    """What became of all messages, in their order, and why."""
    return list(Message.objects.order_by("pk").values_list("key", "state", "outcome"))


def willing(name="dora"):
    """Somebody who asked for offers."""
    account = world.member(name)
    preferences_chosen.run(account.pk, {MARKETING: True}, at=timezone.now())
    return account
