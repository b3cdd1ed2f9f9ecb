"""What shops' own code calls, and what it hears."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from oscar_loyalty import api, errors, signals
from oscar_loyalty.models import Account, Entry, Programme
from oscar_loyalty.program.tiers.queries import membership_for
from tests import world

pytestmark = pytest.mark.django_db


def test_balance(programme, bob, charlie):
    world.place(bob, "10.00")
    account = Account.objects.get(user=bob)
    assert api.balance(bob) == api.Balance(account.pk, 10, 0, 0, 10)
    assert api.balance(charlie) is None


def test_standing_on_the_way_up(ladder, bob, charlie):
    world.place(bob, "150.00")
    assert api.standing(bob) == api.MemberStanding(
        "Silver", Decimal("1.50"), "Gold", Decimal("150.00"), Decimal("150.00")
    )
    assert api.standing(charlie) is None


def test_standing_at_the_top_and_at_the_foot(alice, bob):
    assert api.standing(alice) == api.MemberStanding(
        "Gold", Decimal("2.00"), None, Decimal("300.00"), None
    )
    assert api.standing(bob) == api.MemberStanding(
        None, Decimal(1), "Silver", Decimal(0), Decimal("100.00")
    )


def test_without_a_programme_nobody_stands_anywhere(db):
    assert api.standing(world.customer()) is None


@pytest.fixture
def deleted(programme):
    """The account, with 30 points, of a customer who has gone."""
    dora = world.customer("dora")
    world.place(dora, "30.00")
    account = Account.objects.get(user=dora)
    dora.delete()
    account.refresh_from_db()
    assert account.user_id is None
    return account


@pytest.fixture(params=[AnonymousUser, get_user_model()])
def nobody(request):
    """A visitor who is not signed in, and a user who was never saved."""
    return request.param()


class TestNobody:
    """Who has no number must not be taken for a customer who was deleted."""

    @pytest.fixture(autouse=True)
    def _nothing_happens(self, deleted):
        entries = Entry.objects.count()
        yield
        deleted.refresh_from_db()
        assert (deleted.user_id, deleted.balance, deleted.seq) == (None, 30, 1)
        assert (Entry.objects.count(), Account.objects.filter(user=None).count()) == (entries, 1)

    def test_owns_nothing(self, nobody):
        assert api.balance(nobody) is None

    def test_stands_nowhere(self, nobody):
        assert api.standing(nobody) is None
        assert membership_for(nobody) is None

    def test_earns_nothing(self, nobody):
        with pytest.raises(errors.NotAMember, match="Only registered users take part"):
            api.earn(nobody, 5, action="visit", reference="1")

    def test_has_nothing_to_adjust(self, nobody, bob):
        with pytest.raises(errors.NotAMember, match="This customer is no member"):
            api.adjust(nobody, 5, reason="goodwill", note="Sorry", actor=bob)

    def test_adjusts_nobody(self, nobody, bob):
        with pytest.raises(errors.NotAMember, match="Only registered users take part"):
            api.adjust(bob, 5, reason="goodwill", note="Sorry", actor=nobody)
        assert api.balance(bob).balance == 0
        assert not Entry.objects.filter(actor="user:None").exists()


#: Too long, empty or blank, unreadable, or no text at all.
UNFIT_WORDS = ["", " ", "\0", "a\0b", "a\nb", "a\x1b[1m", "a\x7f", "a\x85", "\ud800", None, 7, b"a"]


def refused(call):
    """The sentence of the refusal, in a transaction that goes on as if nothing had been."""
    with transaction.atomic():
        with pytest.raises(errors.InvalidCause) as refusal:
            call()
        assert Entry.objects.count() == 0
        Programme.objects.update(signup_points=7)
    assert Programme.objects.get().signup_points == 7
    assert refusal.value.code == "invalid-cause"
    return str(refusal.value)


class TestEarn:
    def test_once_per_action_and_reference(self, bob):
        assert api.earn(bob, 25, action="review", reference="42") is True
        assert api.earn(bob, 25, action="review", reference="42") is False
        assert api.earn(bob, 25, action="review", reference="43") is True
        assert api.balance(bob).balance == 50
        assert set(Entry.objects.values_list("kind", "reason")) == {("bonus", "review")}

    def test_another_amount_for_the_same_is_refused(self, bob):
        api.earn(bob, 25, action="review", reference="42")
        with pytest.raises(errors.KeyReused):
            api.earn(bob, 30, action="review", reference="42")
        assert api.balance(bob).balance == 25

    def test_makes_a_member_of_a_customer(self, charlie):
        api.earn(charlie, 5, action="visit", reference="1")
        assert api.balance(charlie).balance == 5
        assert api.standing(charlie).tier is None

    @pytest.mark.parametrize("points", [0, -5, 10**12 + 1, 1.5, "7", True, None, Decimal(3)])
    def test_absurd_points_are_refused(self, bob, points):
        with pytest.raises(errors.InvalidPoints):
            api.earn(bob, points, action="review", reference="42")
        assert api.balance(bob).balance == 0

    @pytest.mark.parametrize(
        "action", [*UNFIT_WORDS, "a" * 65, "a:b", "a b", "café", "a.b", "review\n"]
    )
    def test_an_action_that_no_key_can_carry_is_refused(self, charlie, action):
        sentence = refused(lambda: api.earn(charlie, 25, action=action, reference="42"))
        assert sentence == "Name the action by 1 to 64 letters, digits, hyphens or underscores."
        assert api.balance(charlie) is None

    @pytest.mark.parametrize("reference", [*UNFIT_WORDS, "r" * 101])
    def test_a_reference_that_no_key_can_carry_is_refused(self, charlie, reference):
        sentence = refused(lambda: api.earn(charlie, 25, action="review", reference=reference))
        assert sentence == "The reference must be readable text of 1 to 100 characters."
        assert api.balance(charlie) is None

    def test_the_longest_names_fit(self, bob):
        assert api.earn(bob, 5, action="a" * 64, reference="ü" * 100) is True
        account = Account.objects.get(user=bob)
        assert Entry.objects.get().key == f"bonus:{'a' * 64}:{account.pk}:{'ü' * 100}"

    def test_two_members_never_share_a_key(self, alice, bob):
        first, second = (Account.objects.get(user=user) for user in (alice, bob))
        assert api.earn(alice, 5, action="x", reference=f"{second.pk}:r") is True
        with pytest.raises(errors.InvalidCause):
            api.earn(bob, 5, action=f"x:{first.pk}", reference="r")
        assert api.earn(bob, 5, action=f"x-{first.pk}", reference="r") is True
        assert (api.balance(alice).balance, api.balance(bob).balance) == (305, 5)


class TestAdjust:
    @pytest.fixture
    def staff(self, django_user_model):
        return django_user_model.objects.create_user("staff", email="staff@example.com")

    def adjust(self, user, points, staff, **changed):
        words = {"reason": "goodwill", "note": "Broken cup", "actor": staff, **changed}
        return api.adjust(user, points, **words)

    def test_up_and_down(self, bob, staff):
        assert self.adjust(bob, 50, staff) is True
        assert self.adjust(bob, -20, staff) is True
        assert api.balance(bob).balance == 30
        entry = Entry.objects.order_by("seq").last()
        assert (entry.actor, entry.note) == (f"user:{staff.pk}", "Broken cup")

    def test_once_per_source(self, bob, staff):
        assert self.adjust(bob, 50, staff, source="ticket-7") is True
        assert self.adjust(bob, 50, staff, source="ticket-7") is False
        assert api.balance(bob).balance == 50

    @pytest.mark.parametrize(
        ("points", "changed", "refusal"),
        [
            (0, {}, errors.InvalidPoints),
            (1.5, {}, errors.InvalidPoints),
            (-1, {}, errors.InsufficientPoints),
            (5, {"note": "  "}, errors.NoteMissing),
        ],
    )
    def test_refusals(self, bob, staff, points, changed, refusal):
        with pytest.raises(refusal) as refused:
            self.adjust(bob, points, staff, **changed)
        assert str(refused.value)
        assert Entry.objects.count() == 0

    @pytest.mark.parametrize("reason", [*UNFIT_WORDS, "r" * 65])
    def test_a_reason_that_the_books_cannot_hold_is_refused(self, bob, staff, reason):
        sentence = refused(lambda: self.adjust(bob, 5, staff, reason=reason))
        assert sentence == "The reason must be readable text of 1 to 64 characters."

    @pytest.mark.parametrize(
        "source", [word for word in UNFIT_WORDS if word is not None] + ["s" * 101]
    )
    def test_a_source_that_no_key_can_carry_is_refused(self, bob, staff, source):
        sentence = refused(lambda: self.adjust(bob, 5, staff, source=source))
        assert sentence == "The source must be readable text of 1 to 100 characters."

    @pytest.mark.parametrize("note", ["a\0b", "a\x1b[1m", "\ud800"])
    def test_a_note_that_cannot_be_read_is_refused(self, bob, staff, note):
        sentence = refused(lambda: self.adjust(bob, 5, staff, note=note))
        assert sentence == "The note contains characters that cannot be read."

    def test_a_note_may_have_lines_and_the_longest_names_fit(self, bob, staff):
        words = {"reason": "r" * 64, "source": "s" * 100, "note": "One\r\n\tTwo"}
        assert self.adjust(bob, 5, staff, **words) is True
        entry = Entry.objects.get()
        assert (entry.reason, entry.note) == ("r" * 64, "One\r\n\tTwo")
        assert entry.key == f"adj:{'s' * 100}"

    def test_nobody_adjusts_themselves(self, bob):
        with pytest.raises(errors.OwnAccount, match="ask a colleague"):
            self.adjust(bob, 5, bob)
        assert Entry.objects.count() == 0

    def test_who_is_no_member_has_nothing_to_adjust(self, charlie, staff):
        with pytest.raises(errors.NotAMember):
            self.adjust(charlie, 5, staff)


class TestSignals:
    @pytest.fixture
    def heard(self):
        heard = []

        def listener(signal, sender, **facts):
            heard.append((names[signal], facts))

        names = {
            getattr(signals, name): name
            for name in (
                "member_joined",
                "points_earned",
                "points_clawed_back",
                "points_adjusted",
                "tier_changed",
            )
        }
        for signal in names:
            signal.connect(listener, weak=False, dispatch_uid="test")
        yield heard
        for signal in names:
            signal.disconnect(dispatch_uid="test")

    def test_an_order_is_announced_after_commit(
        self, ladder, bob, heard, django_capture_on_commit_callbacks
    ):
        account_id = Account.objects.get(user=bob).pk
        with django_capture_on_commit_callbacks(execute=True):
            order = world.place(bob, "150.00", number="1001", status="Pending")
            assert heard == []
        with django_capture_on_commit_callbacks(execute=True):
            order.set_status("Cancelled")
        order_facts = {"account_id": account_id, "source": "order:1001", "order_number": "1001"}
        assert heard == [
            ("points_earned", {"points": 150, **order_facts}),
            (
                "tier_changed",
                {
                    "account_id": account_id,
                    "from_tier_id": None,
                    "to_tier_id": ladder[0].pk,
                    "reason": "qualified",
                },
            ),
            ("points_clawed_back", {"points": 150, **order_facts}),
        ]

    def test_a_member_is_announced(self, programme, heard, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            dora = world.customer("dora")
        account_id = Account.objects.get(user=dora).pk
        assert heard == [("member_joined", {"account_id": account_id})]

    def test_what_is_rolled_back_is_not_announced(
        self, bob, heard, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            with pytest.raises(RuntimeError), transaction.atomic():
                api.earn(bob, 5, action="visit", reference="1")
                raise RuntimeError
        assert heard == []

    def test_a_listener_that_fails_harms_nobody(self, bob, django_capture_on_commit_callbacks):
        def broken(**facts):
            raise RuntimeError("not our bug")

        signals.points_earned.connect(broken, weak=False, dispatch_uid="broken")
        try:
            with django_capture_on_commit_callbacks(execute=True):
                world.place(bob, "10.00")
        finally:
            signals.points_earned.disconnect(dispatch_uid="broken")
        assert api.balance(bob).balance == 10
