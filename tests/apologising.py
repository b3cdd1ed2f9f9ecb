"""Apologies in tests: written, listed, sent."""

from datetime import date, datetime, timedelta
from datetime import timezone as zones
from decimal import Decimal

from django.utils import timezone

from oscar_loyalty.flows import apology_listed, apology_released
from oscar_loyalty.models import Account, Apology, ApologyRecipient
from tests import world

#: The days on which the orders of these tests are placed.
FROM, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
IN_MARCH = datetime(2026, 3, 10, 12, tzinfo=zones.utc)


def customers() -> dict:
    """Bob and Dora ordered in March, Eve in April, Charlie as no member, and a guest."""
    made = {name: world.customer(name) for name in ("bob", "dora", "eve", "charlie")}
    for name in ("bob", "dora"):
        world.place(made[name], "10.00", number=name, at=IN_MARCH)
    world.place(made["eve"], "10.00", number="eve", at=IN_MARCH + timedelta(days=30))
    world.place(None, "10.00", number="guest", at=IN_MARCH)
    world.forget_membership(made["charlie"])
    world.unsignalled(made["charlie"], "10.00", number="charlie", at=IN_MARCH)
    return made


def draft(**fields) -> Apology:
    """About all orders of March, with 50 points, unless told otherwise."""
    wanted = {
        "title": "Broken cups",
        "what_happened": "The cups broke.",
        "created_at": timezone.now(),
        "gives": "points",
        "value": Decimal(50),
        **(fields or {"placed_from": FROM, "placed_until": UNTIL}),
    }
    made = Apology(**wanted)
    made.full_clean()
    made.save()
    return made


def listed(apology) -> list[str]:
    """Make its list; the e-mail names of those on it, in their order."""
    apology_listed.run(apology.pk, at=timezone.now())
    apology.refresh_from_db()
    return on_list(apology)


def on_list(apology) -> list[str]:
    rows = ApologyRecipient.objects.filter(apology=apology).order_by("account__user__email")
    return [row.account.user.username for row in rows.select_related("account__user")]


def send(apology, by=None) -> bool:
    """Send it as it is by now."""
    apology.refresh_from_db()
    actor = by or world.customer()
    return apology_released.run(
        apology.pk, revision=apology.revision, actor_id=actor.pk, at=timezone.now()
    )


def outcomes(apology) -> dict[str, str]:
    """What became of each on the list."""
    rows = ApologyRecipient.objects.filter(apology=apology).select_related("account__user")
    return {row.account.user.username if row.account.user else "": row.outcome for row in rows}


def balances(*names) -> list[int]:
    """What these members have."""
    return [Account.objects.get(user__username=name).balance for name in names]


def take_off(apology, name) -> None:
    """One member is not to be told."""
    row = ApologyRecipient.objects.get(apology=apology, account__user__username=name)
    apology_listed.choose(apology.pk, shown=[row.pk], chosen=[])
