"""What the staff of the demo have begun: earning rules, and a correction that waits."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import adjustment_asked, rule_published
from oscar_loyalty.models import Programme, RuleVersion

from .ladder import MUSIC_RANGE
from .people import ALICE, CLERK_EMAIL, CLERK_PASSWORD, STAFF_EMAIL

#: Beyond so many points a colleague has to agree.
APPROVE_ABOVE = 500

User = get_user_model()


def open_it(*, at: datetime) -> None:
    """Publish the rules, and let the clerk ask for more points than one decides alone."""
    _rules(User.objects.get(email=STAFF_EMAIL).pk, at)
    Programme.objects.update(approve_above=APPROVE_ABOVE)
    adjustment_asked.run(
        User.objects.get(email=ALICE.email).loyalty_account.pk,
        750,
        reason="goodwill",
        note="Her parcel arrived wet.",
        actor_id=_clerk().pk,
        source="demo",
        at=at,
    )


def _rules(actor_id: int, at: datetime) -> None:
    music = get_model("offer", "Range").objects.get(name=MUSIC_RANGE)
    mill = get_model("catalogue", "Product").objects.get(upc="ki-06")
    first_day = timezone.localdate(at) + timedelta(days=14)
    for rule in (
        RuleVersion(name="Birthday", trigger="birthday", points=50),
        RuleVersion(name="A gift from the kitchen", product=mill, points=15, minimum=Decimal(60)),
        RuleVersion(
            name="Music week",
            range=music,
            effect="multiplier",
            factor=Decimal(2),
            first_day=first_day,
            last_day=first_day + timedelta(days=6),
        ),
    ):
        rule.in_force_from = at
        rule.clean()
        rule_published.run(rule, actor_id=actor_id, at=at)


def _clerk() -> User:
    """Somebody who looks at members and asks for corrections, and may do nothing else."""
    clerk = User.objects.create_user("clerk", CLERK_EMAIL, CLERK_PASSWORD, is_staff=True)
    wanted = Permission.objects.filter(
        content_type__app_label="oscar_loyalty", codename__in=["view_account", "adjust_points"]
    )
    clerk.user_permissions.set(wanted)
    return clerk
