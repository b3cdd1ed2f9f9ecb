"""Customers write reviews at Oscar's page, staff let them through at Oscar's dashboard."""

import pytest
from django.core import mail
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import books_audited, due_jobs, messages_delivered
from oscar_loyalty.models import Account, ReviewTerms
from tests import comebacks, world
from tests.functional import desk
from tests.functional.desk import Desk
from tests.functional.reading import words
from tests.functional.sabotage import our_statements
from tests.mailing import switch_on
from tests.reviewing import APPROVED, REJECTED, earned, offer, rewards

pytestmark = pytest.mark.django_db(transaction=True)

OFF_AND_ON = pytest.mark.parametrize("atomic_requests", [False, True], indirect=True)


@pytest.fixture
def atomic_requests(request, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)
    return request.param


@pytest.fixture
def pot(db):
    world.programme()
    offer(50)
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(pot):
    return world.customer("dora")


@pytest.fixture
def bought(dora, pot):
    return world.place(dora, products=[pot], status="Pending")


@pytest.fixture
def clerk(pot):
    """One of the staff at Oscar's list of reviews."""
    return desk.signed_in(desk.owner("clerk"))


def add_page(product):
    return reverse(
        "catalogue:reviews-add", kwargs={"product_slug": product.slug, "product_pk": product.pk}
    )


def write(browser, product, user, **more):
    page = browser.get(add_page(product), user=user)
    form = next(form for form in page.forms.values() if "body" in form.fields)
    for name, value in {"title": "Good", "body": "Pours well.", "score": "5", **more}.items():
        form[name].force_value(value)
    return form.submit().follow()


def decide(clerk, status, *reviews):
    """Tick the reviews in the list and give them a status."""
    answer = clerk.post(
        reverse("dashboard:reviews-list"),
        {
            "action": "update_selected_review_status",
            "selected_review": [review.pk for review in reviews],
            "status": status,
        },
    )
    assert answer.status_code == 302


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.fixture
def moderated(settings):
    settings.OSCAR_MODERATE_REVIEWS = True


class TestApproval:
    def test_without_moderation_a_review_is_rewarded_as_it_is_written(
        self, django_app, bought, dora, pot
    ):
        page = write(django_app, pot, dora)
        assert "Thank you for reviewing this product" in words(page.html.body)
        assert earned(dora) == [(pot.pk, 50)]
        history = django_app.get("/accounts/loyalty/", user=dora)
        assert "For your review of Teapot" in words(history.html.body)
        assert_right()

    @OFF_AND_ON
    def test_with_moderation_when_staff_approve_it(
        self, django_app, atomic_requests, moderated, bought, clerk, dora, pot
    ):
        switch_on("review-thanks")
        write(django_app, pot, dora)
        assert earned(dora) == []
        decide(clerk, APPROVED, dora.reviews.get())
        assert earned(dora) == [(pot.pk, 50)]
        messages_delivered.run(at=timezone.now())
        assert [sent.subject for sent in mail.outbox] == ["Thank you for your review"]
        decide(clerk, APPROVED, dora.reviews.get())
        assert earned(dora) == [(pot.pk, 50)]
        assert_right()

    def test_at_the_page_of_the_review_too(self, django_app, moderated, bought, clerk, dora, pot):
        write(django_app, pot, dora)
        written = dora.reviews.get()
        url = reverse("dashboard:reviews-update", args=[written.pk])
        told = {"title": "Good", "body": "Pours well.", "score": 5, "status": APPROVED}
        assert clerk.post(url, told).status_code == 302
        assert earned(dora) == [(pot.pk, 50)]

    def test_a_vote_is_no_second_approval(self, django_app, bought, dora, pot):
        write(django_app, pot, dora)
        written = dora.reviews.get()
        written.vote_up(world.customer("eve"))
        assert (written.total_votes, earned(dora)) == (1, [(pot.pk, 50)])

    def test_a_guests_review_gets_nothing(self, django_app, bought, dora, pot):
        write(django_app, pot, None, name="Dora", email="dora@example.com")
        assert rewards() == []

    def test_nor_does_one_who_has_not_bought_it(self, django_app, pot, dora):
        write(django_app, pot, dora)
        assert (rewards(), earned(dora)) == ([], [])


class TestTakenBack:
    @pytest.fixture
    def written(self, django_app, bought, dora, pot):
        write(django_app, pot, dora)
        return dora.reviews.get()

    @OFF_AND_ON
    def test_by_a_rejection(self, atomic_requests, written, clerk, dora, pot, django_app):
        decide(clerk, REJECTED, written)
        assert earned(dora) == [(pot.pk, 50), (pot.pk, -50)]
        history = words(django_app.get("/accounts/loyalty/", user=dora).html.body)
        assert "Points for your review of Teapot taken back" in history
        assert_right()

    @OFF_AND_ON
    def test_by_a_deletion(self, atomic_requests, written, clerk, dora, pot):
        url = reverse("dashboard:reviews-delete", args=[written.pk])
        assert clerk.post(url).status_code == 302
        assert earned(dora) == [(pot.pk, 50), (pot.pk, -50)]
        assert_right()

    def test_by_a_return(self, written, bought, dora, pot):
        comebacks.send_back(bought, (0, 1))
        assert earned(dora) == [(pot.pk, 50), (pot.pk, -50)]
        assert Account.objects.get(user=dora).balance == 0
        assert_right()

    def test_by_a_cancellation_until_the_order_stands_again(self, written, bought, dora, pot):
        bought.set_status("Cancelled")
        assert Account.objects.get(user=dora).balance == 0
        comebacks.put(bought, "Pending")
        comebacks.put_line(bought, 0, "Pending")
        due_jobs.run(at=timezone.now())
        assert Account.objects.get(user=dora).balance == 70
        assert_right()

    def test_a_customer_who_leaves_takes_the_review_along_and_owes_nothing(self, written, dora):
        account = Account.objects.get(user=dora)
        dora.delete()
        account.refresh_from_db()
        assert account.balance == 70
        assert_right()

    def test_a_product_that_leaves_the_catalogue_takes_nothing(
        self, written, dora, pot, django_app
    ):
        product = pot.pk
        pot.delete()
        assert earned(dora) == [(product, 50)]
        due_jobs.run(at=timezone.now())
        assert earned(dora) == [(product, 50)]
        history = words(django_app.get("/accounts/loyalty/", user=dora).html.body)
        assert "For a review" in history


class TestFaults:
    @OFF_AND_ON
    def test_the_review_is_saved_whatever_fails_of_ours(
        self, django_app, atomic_requests, bought, dora, pot
    ):
        page = django_app.get(add_page(pot), user=dora)
        form = next(form for form in page.forms.values() if "body" in form.fields)
        form["title"], form["body"] = "Good", "Pours well."
        form["score"].force_value("5")
        with our_statements(fail_at=0) as seen:
            assert form.submit().status_int == 302
        assert seen
        assert dora.reviews.get().status == APPROVED
        assert earned(dora) == []
        due_jobs.run(at=timezone.now())
        assert earned(dora) == [(pot.pk, 50)]
        assert_right()

    def test_each_statement_in_turn(self, bought, dora, pot):
        """A statement that fails costs the points until the due jobs run, and nothing else."""
        model = type(dora.reviews.model())
        with our_statements() as seen:
            model.objects.create(user=dora, product=pot, title="-", body="-", score=5, status=1)
        model.objects.all().delete()
        tried = len(seen)
        assert tried > 10
        for number in range(1, tried + 1):
            eve = world.customer(f"eve{number}")
            world.place(eve, products=[pot])
            with our_statements(fail_at=number):
                model.objects.create(user=eve, product=pot, title="-", body="-", score=5, status=1)
            assert eve.reviews.count() == 1
            due_jobs.run(at=timezone.now())
            assert earned(eve) == [(pot.pk, 50)], seen[number - 1]
        assert_right()


class TestDesk:
    @pytest.fixture
    def office(self, django_app, pot):
        ReviewTerms.objects.all().delete()
        return Desk(django_app, desk.owner("manager"))

    def listed(self):
        return reverse("admin:oscar_loyalty_reviewterms_changelist")

    def test_staff_say_what_a_review_gives(self, office):
        form = office.read(self.listed()).follow().forms["reviewterms_form"]
        form["points"], form["monthly"] = "25", "3"
        form.submit().follow()
        row = ReviewTerms.objects.get()
        assert (row.points, row.monthly) == (25, 3)
        form = office.read(self.listed()).follow().forms["reviewterms_form"]
        assert (form["points"].value, form["monthly"].value) == ("25", "3")

    @pytest.mark.parametrize("points", ["-1", "1000001", "x", "1.5", ""])
    def test_points_that_make_no_sense_are_refused(self, office, points):
        offer(25)
        form = office.read(self.listed()).follow().forms["reviewterms_form"]
        form["points"] = points
        assert form.submit().html.select(".errorlist")
        assert ReviewTerms.objects.get().points == 25

    def test_they_see_who_got_what(self, office, django_app, bought, dora, pot):
        offer(50)
        write(django_app, pot, dora)
        page = office.read(reverse("admin:oscar_loyalty_reviewreward_changelist"))
        row = words(page.html.select_one("#result_list tbody tr"))
        assert "Teapot" in row
        assert "50" in row
        entries = office.read(reverse("admin:oscar_loyalty_entry_changelist"))
        assert "Review of a product" in words(entries.html.body)
