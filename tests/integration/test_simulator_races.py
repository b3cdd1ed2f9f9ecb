"""Several of the staff at one draft, or one of them at the programme that it would change."""

from functools import partial
from threading import Event, Thread

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from oscar_loyalty.errors import DraftRefused
from oscar_loyalty.flows import order_placed
from oscar_loyalty.models import Award, Programme, ProgrammeDraft, StaffAct, Tier
from oscar_loyalty.staff import draft_published, drafts
from tests import world
from tests.functional.desk import owner
from tests.races import LONG_ENOUGH_MS, PATIENCE, at_once
from tests.simulating import draft

pytestmark = pytest.mark.django_db(transaction=True)


def publish(begun, user):
    return partial(draft_published.run, begun.pk, user=user, at=timezone.now())


def lower(begun, user, threshold):
    """Save the draft with another threshold of its first tier."""

    def how(says):
        key = min(says["tiers"], key=int)
        return {**says["tiers"], key: {**says["tiers"][key], "threshold": threshold}}

    return partial(drafts.keep, begun.pk, "tiers", how, user=user, at=timezone.now())


def test_a_draft_is_published_once(ladder, require_postgres):
    user, begun = owner(), draft(earn_points=2)
    answers = at_once([publish(begun, user)] * 4)
    assert sorted(map(str, answers)) == ["None", *["draft-refused"] * 3]
    assert StaffAct.objects.filter(words="Published.").count() == 1


def test_of_two_drafts_one_is_published(ladder, require_postgres):
    user = owner()
    one, other = draft(earn_points=2), draft(grace_days=9)
    assert set(at_once([publish(one, user), publish(other, user)])) == {None, "draft-refused"}
    said = Programme.objects.values_list("earn_points", "grace_days").get()
    assert said in {(2, 0), (1, 9)}
    assert ProgrammeDraft.objects.filter(published_at=None).count() == 1


def test_rules_that_two_add_at_once_are_both_kept(ladder, require_postgres):
    user, begun = owner(), draft()
    version = partial(drafts.rule_row, "-1")
    keep = partial(drafts.keep, begun.pk, "rules", user=user, at=timezone.now())
    rule = {"effect": "points", "trigger": "order"}
    at_once(
        partial(keep, drafts.rules_with("", version({**rule, "points": points})))
        for points in (5, 6, 7)
    )
    begun.refresh_from_db()
    assert sorted(says["points"] for says in begun.says["rules"].values()) == [5, 6, 7]


def test_what_is_saved_and_published_at_once_is_one_before_the_other(ladder, require_postgres):
    user, begun = owner(), draft(earn_points=2)
    for round_number in range(5):
        more = draft(earn_points=3 + round_number)
        saved, _published = at_once([lower(more, user, "90.00"), publish(more, user)])
        more.refresh_from_db()
        drafted = more.says["tiers"][min(more.says["tiers"], key=int)]["threshold"]
        # What was saved too late to be published is in no draft that says it was.
        assert (drafted == "90.00") == (saved is None)
        assert f"{Tier.objects.get(rank=1).threshold}" == drafted
        Tier.objects.filter(rank=1).update(threshold=100)
    assert begun.published_at is None


def test_orders_go_on_while_drafts_are_saved(ladder, require_postgres):
    """Rules with limits, and members who rise: an order locks both."""
    world.rule(points=5, budget=10_000)
    user = owner()
    begun = [draft() for _number in range(4)]
    orders = [world.unsignalled(world.customer(), "150.00") for _number in range(12)]
    at = timezone.now()
    acts = [partial(order_placed.run, order.number, at=at) for order in orders]
    saves = [lower(one, user, f"{90 + number}.00") for number, one in enumerate(begun)]
    at_once([*acts[:6], *saves, *acts[6:]])
    assert Award.objects.filter(points=155).count() == 12


def test_what_a_colleague_is_saving_is_not_overwritten(ladder, require_postgres):
    user, begun = owner(), draft()
    lower(begun, user, "80.00")()
    saved, refused = Event(), []

    def try_to_publish():
        try:
            saved.wait(PATIENCE)
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {LONG_ENOUGH_MS}")
            publish(begun, user)()
        except DraftRefused as refusal:
            refused.append(str(refusal))
        finally:
            connections.close_all()

    other = Thread(target=try_to_publish)
    other.start()
    with transaction.atomic():
        tier = Tier.objects.get(rank=1)
        tier.threshold = 90
        tier.save()
        saved.set()
        other.join(1)
    other.join(PATIENCE)
    assert ["changed since" in one for one in refused] == [True]
    assert Tier.objects.get(rank=1).threshold == 90
