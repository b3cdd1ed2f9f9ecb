"""The letters about reviews, and about what goes with an order."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from oscar_loyalty.flows import letter_tried, messages_delivered, messages_set_up, review_rewarded
from oscar_loyalty.flows.letter_written import text_of
from oscar_loyalty.models import Message
from oscar_loyalty.words import fill_in
from oscar_loyalty.words.wording import linked
from tests import comebacks, world
from tests.mailing import states, switch_on, willing
from tests.reviewing import REJECTED, WAITING, offer, put, review

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
KINDS = ("review-request", "review-thanks", "related-products")


@pytest.fixture
def dora(programme):
    """Somebody who asked for offers."""
    return willing().user


@pytest.fixture
def pot(programme):
    return world.product("20.00", title="Teapot <b> & lid")


def review_page(product):
    return f"https://example.com{product.get_absolute_url()}reviews/add/"


def deliver(at):
    messages_delivered.run(at=at)
    return [(sent.subject, sent.body, sent.alternatives[0][0]) for sent in mail.outbox]


class TestRequest:
    @pytest.fixture
    def order(self, dora, pot):
        switch_on("review-request", days=14)
        cup = world.product("10.00", title="Cup")
        return world.place(dora, products=[pot, pot, cup], number="7", status="Pending")

    def due(self):
        return Message.objects.get().due_at

    def test_it_comes_days_later_with_a_link_to_each_review_page(self, order):
        assert self.due() == order.date_placed + 14 * DAY
        offer(50)
        ((subject, text, html),) = deliver(self.due())
        pot, cup = (line.product for line in order.lines.order_by("pk"))
        assert subject == "How do you like what you bought at Larkfield?"
        assert (
            f"\n\nTeapot <b> & lid: {review_page(pot)}\nCup: {review_page(cup)}\n\n"
            "For each review that we publish you get 50 points.\n"
        ) in text
        assert f'<a href="{review_page(pot)}"><bdi>Teapot &lt;b&gt; &amp; lid</bdi></a><br>' in html
        assert f'<a href="{review_page(cup)}"><bdi>Cup</bdi></a>' in html

    def test_points_are_only_promised_where_there_are_some(self, order):
        ((_subject, text, _html),) = deliver(self.due())
        assert "points" not in text

    def test_not_about_what_is_reviewed_already(self, order, dora):
        pot, cup = (line.product for line in order.lines.order_by("pk"))
        review(dora, pot, status=WAITING)
        ((_subject, text, _html),) = deliver(self.due())
        assert "Teapot" not in text
        assert f"Cup: {review_page(cup)}" in text

    @pytest.mark.parametrize("way", ["sent back", "hidden", "reviewed", "deleted", "forbidden"])
    def test_none_where_nothing_is_left_to_review(self, order, dora, monkeypatch, way):
        pot, cup = (line.product for line in order.lines.order_by("pk"))
        review(dora, pot, status=WAITING)
        {
            "sent back": lambda: comebacks.send_back(order, (1, 1)),
            "hidden": lambda: type(cup).objects.filter(pk=cup.pk).update(is_public=False),
            "reviewed": lambda: review(dora, cup, status=REJECTED),
            "deleted": lambda: cup.delete(),
            "forbidden": lambda: monkeypatch.setattr(
                type(cup), "is_review_permitted", lambda self, user: False
            ),
        }[way]()
        assert deliver(self.due()) == []
        assert states() == [("review-request:7", "dropped", "not-true")]

    def test_a_part_that_is_kept_is_asked_about(self, order):
        comebacks.send_back(order, (0, 1))
        ((_subject, text, _html),) = deliver(self.due())
        assert "Teapot" in text

    def test_none_about_a_cancelled_order(self, order):
        order.set_status("Cancelled")
        assert deliver(self.due()) == []
        assert states() == [("review-request:7", "dropped", "order-gone")]

    def test_none_to_who_wants_no_offers(self, order):
        eve = world.customer("eve")
        Message.objects.all().delete()
        world.place(eve, "10.00")
        assert deliver(self.due()) == []
        assert states()[0][1:] == ("dropped", "unwanted")


class TestThanks:
    @pytest.fixture
    def written(self, dora, pot):
        switch_on("review-thanks")
        world.place(dora, products=[pot])
        return review(dora, pot)

    def test_they_say_what_it_earned(self, written, dora):
        offer(50)
        review_rewarded.run(written.pk, at=timezone.now())
        ((subject, text, _html),) = deliver(timezone.now())
        assert subject == "Thank you for your review"
        assert "Thank you for your review of Teapot <b> & lid. It helps others to choose." in text
        assert "It earned you 50 points." in text
        assert "You have 70 points to spend" in text

    def test_without_points_they_are_thanks(self, written):
        review_rewarded.run(written.pk, at=timezone.now())
        ((_subject, text, _html),) = deliver(timezone.now())
        assert "It helps others to choose." in text
        assert "It earned you" not in text

    def test_none_once_it_is_rejected(self, written):
        review_rewarded.run(written.pk, at=timezone.now())
        put(written, REJECTED)
        assert deliver(timezone.now()) == []
        assert states()[0][1:] == ("dropped", "not-true")


class TestRelated:
    @pytest.fixture
    def order(self, dora, pot):
        switch_on("related-products", days=21)
        return world.place(dora, products=[pot], number="7")

    def test_it_names_what_goes_with_the_order(self, order, pot):
        tea = world.product(title="Tea")
        world.place(world.customer(), products=[pot, tea])
        message = Message.objects.get(order_number="7")
        assert message.due_at == order.date_placed + 21 * DAY
        Message.objects.exclude(pk=message.pk).delete()
        ((subject, text, html),) = deliver(message.due_at)
        assert subject == "Chosen for you at Larkfield"
        url = f"https://example.com{tea.get_absolute_url()}"
        assert f"This goes well with what you bought from us:\n\nTea: {url}\n" in text
        assert f'<a href="{url}"><bdi>Tea</bdi></a>' in html

    def test_none_where_nothing_does(self, order):
        assert deliver(Message.objects.get().due_at) == []
        assert states() == [("related-products:7", "dropped", "not-true")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bought", [False, True])
def test_a_preview_needs_nothing_to_say(programme, bob, kind, bought):
    messages_set_up.run()
    if bought:
        world.place(bob, "10.00")
    letter = letter_tried.run(
        kind,
        text_of(kind, "en"),
        language="en",
        member="bob@example.com",
        at=timezone.now(),
    )
    assert letter.subject


def test_links_in_both_twins():
    pages = linked([("A\nb <i>", "https://x.example/?a=1&b=2"), ("C", "https://x.example/c")])
    assert fill_in.as_text("{{ products }}", {"products": pages}) == (
        "A b <i>: https://x.example/?a=1&b=2\nC: https://x.example/c"
    )
    assert fill_in.as_html("<p>{{ products }}</p>", {"products": pages}) == (
        '<p><bdi><a href="https://x.example/?a=1&amp;b=2"><bdi>A b &lt;i&gt;</bdi></a><br>\n'
        '<a href="https://x.example/c"><bdi>C</bdi></a></bdi></p>'
    )
    assert linked([]) == ""
