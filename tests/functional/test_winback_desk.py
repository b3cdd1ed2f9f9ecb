"""Staff set win-back, and see what it brought."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import messages_set_up
from oscar_loyalty.models import Award, Lapse, WinBackSettings
from tests import world
from tests.functional.desk import Desk, owner, signed_in, staff
from tests.functional.reading import words

pytestmark = pytest.mark.django_db

LAPSES = reverse("admin:oscar_loyalty_lapse_changelist")


@pytest.fixture
def desk(django_app, programme):
    messages_set_up.run()
    return Desk(django_app, owner())


def missed(many, *, held_out, spent, days_ago=100):
    """So many members were missed; every second of them ordered ten days later, once."""
    found_at = timezone.now() - timedelta(days=days_ago)
    for number in range(many):
        account = world.member()
        Lapse.objects.create(
            account=account,
            began_at=found_at - timedelta(days=90),
            found_at=found_at,
            drawn=0 if held_out else 9999,
            held_out=held_out,
        )
        if spent and number % 2:
            buy(account, spent, found_at + timedelta(days=10))


def buy(account, amount, at):
    Award.objects.create(
        account=account,
        order_number=f"{account.pk}-{at:%j}",
        points=0,
        carried=0,
        base=amount,
        kept_base=amount,
        breakdown={},
        matured=True,
        placed_at=at,
        decided_at=at,
    )


def figures(page):
    rows = page.html.select("[aria-labelledby=loyalty-outcome] tbody tr")
    return [[words(cell) for cell in row.select("th, td")] for row in rows]


def said(page):
    (element,) = page.html.select("[data-loyalty=gain]")
    return words(element)


class TestSettings:
    def test_they_are_one_row(self, desk):
        listed = reverse("admin:oscar_loyalty_winbacksettings_changelist")
        form = desk.read(listed).follow().forms["winbacksettings_form"]
        assert [form[name].value for name in ("least_days", "step_days", "hold_out")] == [
            "30",
            "14",
            "10",
        ]
        seed = WinBackSettings.objects.get().seed
        form["hold_out"] = "20"
        form.submit().follow()
        chosen = WinBackSettings.objects.get()
        assert (chosen.hold_out, chosen.seed) == (20, seed)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("hold_out", "51"),
            ("hold_out", "-1"),
            ("least_days", "0"),
            ("step_days", "0"),
            ("gift_days", "9999"),
            ("gifts_most", "x"),
            ("least_days", ""),
        ],
    )
    def test_what_makes_no_sense_is_a_sentence(self, desk, name, value):
        before = list(WinBackSettings.objects.values())
        listed = reverse("admin:oscar_loyalty_winbacksettings_changelist")
        form = desk.read(listed).follow().forms["winbacksettings_form"]
        form[name] = value
        assert form.submit().html.select(".errorlist")
        assert list(WinBackSettings.objects.values()) == before


class TestOutcome:
    def test_before_anybody_was_missed(self, desk):
        page = desk.read(LAPSES)
        assert figures(page) == [
            ["Written to", "0", "0", "–", "£0", "£0"],
            ["Held out", "0", "0", "–", "£0", "£0"],
        ]
        assert said(page).startswith("Too few to say what the messages brought")

    def test_both_groups_and_what_is_between_them(self, desk):
        missed(40, held_out=False, spent=30)
        missed(40, held_out=True, spent=20)
        page = desk.read(LAPSES)
        assert figures(page) == [
            ["Written to", "40", "20", "50%", "£15", "£600"],
            ["Held out", "40", "20", "50%", "£10", "£400"],
        ]
        # The worked numbers of the unit test.
        assert said(page) == (
            "Incremental revenue: £200; with 95 % certainty between -£26.32 and £426.32. "
            "That may be chance: no effect at all lies within these bounds, too."
        )

    def test_what_is_certain_is_said_so(self, desk):
        missed(40, held_out=False, spent=30)
        missed(40, held_out=True, spent=None)
        assert "That may be chance" not in said(desk.read(LAPSES))

    def test_a_group_that_is_too_small_says_nothing(self, desk):
        missed(40, held_out=False, spent=30)
        missed(29, held_out=True, spent=20)
        page = desk.read(LAPSES)
        assert figures(page)[1][1] == "29"
        assert said(page) == (
            "Too few to say what the messages brought: each group needs at least 30 members."
        )

    def test_who_was_missed_lately_is_not_counted_yet(self, desk):
        missed(3, held_out=False, spent=30, days_ago=59)
        missed(2, held_out=False, spent=30, days_ago=61)
        page = desk.read(LAPSES)
        assert figures(page)[0][1] == "2"
        assert "less than 60 days ago are not counted yet: 3" in words(page.html)

    def test_only_orders_of_the_days_that_count_and_only_what_is_kept(self, desk):
        missed(1, held_out=False, spent=None)
        lapse = Lapse.objects.get()
        for days in (-1, 0, 61):
            buy(lapse.account, 1000, lapse.found_at + timedelta(days=days))
        buy(lapse.account, 40, lapse.found_at + timedelta(days=60))
        Award.objects.filter(base=40).update(kept_base=25)
        assert figures(desk.read(LAPSES))[0] == ["Written to", "1", "1", "100%", "£25", "£25"]
        Award.objects.filter(base=40).update(kept_base=0, cancelled=True)
        assert figures(desk.read(LAPSES))[0] == ["Written to", "1", "0", "0%", "£0", "£0"]

    def test_the_period_of_the_list_is_that_of_the_figures(self, desk):
        missed(1, held_out=False, spent=None, days_ago=100)
        missed(1, held_out=False, spent=None, days_ago=800)
        year = Lapse.objects.order_by("found_at").first().found_at.year
        page = desk.read(f"{LAPSES}?found_at__year={year}")
        assert figures(page)[0][1] == "1"
        assert desk.read(f"{LAPSES}?q=nobody@example.com").status_int == 200

    def test_a_lapse_can_be_looked_at_and_not_changed(self, desk):
        missed(1, held_out=True, spent=None)
        lapse = Lapse.objects.get()
        url = reverse("admin:oscar_loyalty_lapse_change", args=[lapse.pk])
        page = desk.read(url)
        assert not page.html.select("#lapse_form input[type=text], #lapse_form [name=_save]")
        client = signed_in(staff("frank", "view_account"))
        assert client.get(LAPSES).status_code == 403
