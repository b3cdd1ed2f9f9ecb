"""Members who stay away, as tests let them order and look for them."""

import uuid
from datetime import timedelta

from oscar_loyalty.flows import members_missed, messages_delivered
from oscar_loyalty.models import Lapse, Message, MessageKind, WinBackSettings
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import WIN_BACK_STEPS
from oscar_loyalty.program.winback import policy
from tests import world
from tests.mailing import switch_on

STEPS = [kind.code for kind in WIN_BACK_STEPS]
#: A rhythm of two months: late from the 61st day after the last.
EVERY_60_DAYS = (0, 60, 120, 180)


def day(number):
    """Noon, so many days after New Year."""
    return world.NEW_YEAR + timedelta(days=number)


def open_the_post(**chosen):
    """All steps are sent, the gift is 50 points, and nobody is held out unless a test says so."""
    switch_on(*STEPS)
    MessageKind.objects.filter(code__in=STEPS).update(active=True)
    messages_queries.forget_active()
    MessageKind.objects.filter(code="win-back-gift").update(gives="points", value=50)
    WinBackSettings.objects.update_or_create(singleton=1, defaults={"hold_out": 0, **chosen})


def switch_off(*codes):
    """Staff send such messages no more."""
    MessageKind.objects.filter(code__in=codes).update(active=False)
    messages_queries.forget_active()


def order(account, *numbers, amount="10.00"):
    """Orders on these days; the last of them."""
    placed = [world.place(account.user, amount, at=day(number)) for number in numbers]
    return placed[-1] if placed else None


def look(number):
    """The search of a day; to how many it let something be said."""
    return members_missed.run(at=day(number))


def deliver(number):
    """The post of a day."""
    return messages_delivered.run(at=day(number))


def told(account):
    """The kinds of messages for a member, in their order."""
    return list(
        Message.objects.filter(account=account).order_by("pk").values_list("kind", flat=True)
    )


def lots_for(wanted, number):
    """Let half be held out, and of those last active on that day these and not those."""
    for turn in range(10_000):
        seed = str(uuid.UUID(int=turn))
        lots = {one: policy.drawn(seed, one.pk, day(number)) for one in wanted}
        if all(policy.is_held_out(lot, 50) == wanted[one] for one, lot in lots.items()):
            WinBackSettings.objects.update(seed=seed, hold_out=50)
            return
    raise AssertionError


def lapse_of(account):
    """The only lapse of a member."""
    return Lapse.objects.get(account=account)
