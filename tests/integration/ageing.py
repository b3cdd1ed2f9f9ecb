"""Points of some age, for tests of what expires."""

from datetime import datetime, timezone
from itertools import count

from django.utils import timezone as django_timezone

from oscar_loyalty.models import Lot, Programme
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause

CHECKED = datetime(2026, 1, 12, 12, tzinfo=timezone.utc)

_numbers = count(1)


def terms(programme, **changes):
    """Change the programme behind the back of whoever notes that it was."""
    Programme.objects.filter(pk=programme.pk).update(**changes)
    programme.refresh_from_db()
    return programme


def change(at, monkeypatch, **changes):
    """Save the programme as the admin does, at that moment."""
    monkeypatch.setattr(django_timezone, "now", lambda: at)
    programme = Programme.objects.get()
    for name, value in changes.items():
        setattr(programme, name, value)
    programme.save()
    monkeypatch.undo()


def on(text):
    """Noon of that day."""
    return datetime.fromisoformat(f"{text}T12:00").replace(tzinfo=timezone.utc)


def earn(account, points, *, at, **lot):
    """Points of a bonus, dated."""
    cause = Cause("bonus", f"bonus:ageing:{next(_numbers)}")
    services.accrue(account.pk, Accrual(points, cause, at, **lot))


def spend(account, points, *, at, kind="adj", overdraw=False):
    """Points that go, by a correction or on an order."""
    number = f"x{next(_numbers)}"
    cause = Cause(kind, f"{kind}:{number}", number if kind == "redeem" else "")
    if kind == "redeem" or overdraw:
        cause = Cause("redeem", f"redeem:{number}", number)
        services.redeem(account.pk, points, cause, kept=0, at=at)
    else:
        services.adjust(account.pk, -points, cause, at=at)


def left(account):
    """What the account's lots have left, in order of arrival."""
    lots = Lot.objects.filter(account=account, open=True)
    return list(lots.order_by("pk").values_list("remaining", flat=True))
