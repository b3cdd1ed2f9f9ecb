"""Staff correct points and set tiers; what is refused changes nothing."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from oscar_loyalty.models import Account, Entry, Standing, TierChange
from tests import world
from tests.functional.desk import books, owner, signed_in, staff
from tests.functional.odd_strings import CORPUS
from tests.sampling import some


@pytest.fixture
def programme(db):
    return world.programme()


@pytest.fixture
def carol(programme):
    return staff("carol", "view_account", "adjust_points", "change_standing")


@pytest.fixture
def client(carol):
    return signed_in(carol)


@pytest.fixture
def alice(programme):
    """100 points from an order."""
    user = world.customer("alice")
    world.place(user, "100.00")
    return Account.objects.get(user=user)


@pytest.fixture
def gold(programme):
    return world.tier("Gold", 1, "300")


def page_of(account):
    return reverse("admin:oscar_loyalty_account_change", args=[account.pk])


def adjust(account):
    return reverse("admin:oscar_loyalty_account_adjust", args=[account.pk])


def set_tier(account):
    return reverse("admin:oscar_loyalty_account_set_tier", args=[account.pk])


def filled(points, **changes):
    return {
        "points": points,
        "reason": "goodwill",
        "note": "The parcel came late.",
        "source": str(uuid.uuid4()),
        **changes,
    }


def said(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# ------------------------------------------------------------- points


@pytest.mark.parametrize(
    ("points", "balance", "sentence"),
    [
        ("150", 250, "The balance of alice is now 250 points."),
        ("-99", 1, "The balance of alice is now 1 point."),
        ("-100", 0, "The balance of alice is now 0 points."),
        (" +7 ", 107, "The balance of alice is now 107 points."),
        ("٢٥", 125, "The balance of alice is now 125 points."),
        ("-۲۵", 75, "The balance of alice is now 75 points."),
        ("\N{MINUS SIGN}25", 75, "The balance of alice is now 75 points."),
        ("10000000", 10_000_100, "The balance of alice is now 10,000,100 points."),
    ],
)
def test_points_are_adjusted(client, carol, alice, points, balance, sentence):
    sent = filled(points)
    response = client.post(adjust(alice), sent, follow=True)
    assert response.redirect_chain == [(page_of(alice), 302)]
    assert said(response) == [sentence]
    alice.refresh_from_db()
    entry = Entry.objects.latest("pk")
    assert (alice.balance, entry.points, entry.kind) == (balance, balance - 100, "adj")
    assert (entry.key, entry.reason, entry.note, entry.actor) == (
        f"adj:{sent['source']}",
        "goodwill",
        "The parcel came late.",
        f"user:{carol.pk}",
    )


def test_the_form_that_was_shown_may_be_sent(client, alice):
    shown = client.get(adjust(alice)).context["form"]
    sent = filled("5", source=str(shown["source"].value()))
    assert client.post(adjust(alice), sent).status_code == 302
    assert client.get(adjust(alice)).context["form"]["source"].value() != shown["source"].value()


@pytest.mark.parametrize("points", ["50", "-50"])
def test_a_form_sent_twice_posts_once(client, alice, points):
    sent = filled(points)
    client.post(adjust(alice), sent)
    after_the_first = books()
    response = client.post(adjust(alice), sent, follow=True)
    assert said(response)[-1] == "This adjustment is already posted; nothing was changed again."
    assert books() == after_the_first
    alice.refresh_from_db()
    assert alice.balance == 100 + int(points)


def test_a_form_sent_again_with_another_amount_is_refused(client, alice):
    sent = filled("50")
    client.post(adjust(alice), sent)
    before = books()
    response = client.post(adjust(alice), {**sent, "points": "60"})
    assert errors(response) == {
        "__all__": [f"adj:{sent['source']} is already in the books with another amount."]
    }
    assert books() == before


def test_below_zero_is_refused(client, alice):
    before = books()
    response = client.post(adjust(alice), filled("-101"))
    assert errors(response) == {"points": ["Only 100 points can be taken from this account."]}
    assert books() == before


def test_pending_points_cannot_be_taken(client, alice):
    world.Programme.objects.update(spendable="after-days", spendable_after_days=14)
    world.place(alice.user, "40.00")
    before = books()
    response = client.post(adjust(alice), filled("-120"))
    assert errors(response) == {"points": ["Only 100 points can be taken from this account."]}
    assert books() == before


@pytest.mark.parametrize("user", [owner, lambda: staff("dave", "adjust_points")])
def test_nobody_adjusts_their_own_points(programme, user):
    actor = user()
    own = Account.objects.get(user=actor)
    before = books()
    response = signed_in(actor).post(adjust(own), filled("150"))
    assert errors(response) == {"__all__": ["You cannot change your own points; ask a colleague."]}
    assert books() == before


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"points": ""}, "points", "This field is required."),
        ({"points": "0"}, "points", "Write a number of points other than zero."),
        ({"points": "10000001"}, "points", "At most 10,000,000 points can be given at once."),
        ({"points": "-10000001"}, "points", "At most 10,000,000 points can be taken at once."),
        ({"note": ""}, "note", "This field is required."),
        ({"note": " \n "}, "note", "This field is required."),
        ({"note": "..."}, "note", "Write a note that says why."),
        (
            {"note": "x" * 1001},
            "note",
            "Ensure this value has at most 1000 characters (it has 1001).",
        ),
        ({"note": "a\x00b"}, "note", "Null characters are not allowed."),
        ({"reason": ""}, "reason", "This field is required."),
        (
            {"reason": "theft"},
            "reason",
            "Select a valid choice. theft is not one of the available choices.",
        ),
        ({"source": ""}, "source", "This field is required."),
        ({"source": "adj:1"}, "source", "Enter a valid UUID."),
    ],
)
def test_a_form_that_is_not_complete_is_refused(client, alice, changes, field, sentence):
    before = books()
    response = client.post(adjust(alice), {**filled("150"), **changes})
    assert response.status_code == 200
    assert errors(response) == {field: [sentence]}
    assert books() == before


@pytest.mark.sampled
def test_odd_points_change_nothing(client, alice):
    """No string of the corpus posts an entry, and none is a failure of ours."""
    assert len(set(CORPUS)) >= 100
    before = books()
    for odd in some(CORPUS, one_in=4):
        response = client.post(adjust(alice), filled(odd))
        assert response.status_code == 200, repr(odd)
        assert list(errors(response)) == ["points"], repr(odd)
    assert books() == before


@pytest.mark.sampled
def test_odd_sources_change_nothing(client, alice):
    before = books()
    for odd in some(CORPUS, one_in=4):
        response = client.post(adjust(alice), filled("5", source=odd))
        assert response.status_code == 200, repr(odd)
    assert books() == before


# ------------------------------------------------------------- tiers


def test_a_member_is_put_on_a_tier_and_given_back(client, carol, alice, gold):
    response = client.post(set_tier(alice), {"tier": gold.pk}, follow=True)
    assert response.redirect_chain == [(page_of(alice), 302)]
    assert said(response) == ["alice is on the tier Gold now and does not fall below it."]
    standing = Standing.objects.get(account=alice)
    assert (standing.tier, standing.pinned) == (gold, True)
    step = TierChange.objects.get()
    assert (step.to_name, step.reason, step.actor) == ("Gold", "staff", f"user:{carol.pk}")
    assert client.get(set_tier(alice)).context["form"]["tier"].value() == gold.pk

    response = client.post(set_tier(alice), {"tier": ""}, follow=True)
    assert said(response) == ["The rules decide again about the tier of alice."]
    standing.refresh_from_db()
    assert (standing.tier, standing.pinned) == (gold, False)


def test_setting_the_same_tier_again_changes_nothing(client, alice, gold):
    client.post(set_tier(alice), {"tier": gold.pk})
    before = books()
    response = client.post(set_tier(alice), {"tier": gold.pk}, follow=True)
    assert said(response)[-1] == "The member's tier is set like that already; nothing was changed."
    assert books() == before


def test_nobody_sets_their_own_tier(client, carol, gold):
    own = Account.objects.get(user=carol)
    before = books()
    response = client.post(set_tier(own), {"tier": gold.pk})
    assert errors(response) == {"__all__": ["You cannot change your own tier; ask a colleague."]}
    assert books() == before


@pytest.mark.sampled
def test_odd_tiers_change_nothing(client, alice, gold):
    before = books()
    for odd in [*filter(str.strip, some(CORPUS, one_in=4)), str(gold.pk + 1)]:
        response = client.post(set_tier(alice), {"tier": odd})
        assert response.status_code == 200, repr(odd)
        assert list(errors(response)) == ["tier"], repr(odd)
    assert books() == before


# ------------------------------------------------------------- both


@pytest.mark.parametrize("url", [adjust, set_tier])
def test_reading_a_form_changes_nothing(client, alice, gold, url):
    before = books()
    query = {**filled("150"), "tier": gold.pk}
    assert client.get(url(alice), query).status_code == 200
    assert client.head(url(alice), query).status_code == 200
    assert client.put(url(alice), "points=150", content_type="text/plain").status_code == 405
    assert client.delete(url(alice)).status_code == 405
    assert books() == before


@pytest.mark.parametrize("url", [adjust, set_tier])
def test_a_form_from_elsewhere_is_refused(carol, alice, gold, url):
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(carol)
    before = books()
    assert stranger.post(url(alice), {**filled("150"), "tier": gold.pk}).status_code == 403
    assert books() == before


@pytest.mark.parametrize("member", ["999999", "abc", "9" * 40, "' OR 1=1", "_2F", "%00"])
@pytest.mark.parametrize("slug", ["adjust", "set-tier"])
def test_a_member_who_is_not_there_is_not_found(client, member, slug):
    response = client.get(f"{reverse('admin:oscar_loyalty_account_changelist')}{member}/{slug}/")
    assert response.status_code == 404
