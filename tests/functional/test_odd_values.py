"""A thousand odd values in each of our fields and parameters: no failure, and nothing changed."""

import re
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from oscar_loyalty.checkout.panel import REFUSED
from oscar_loyalty.checkout.views import PointsForm
from oscar_loyalty.models import Account, Entry, Hold, Programme, RuleVersion, Tier, TierBenefit
from oscar_loyalty.staff.adjust_points import MOST, AdjustForm
from oscar_loyalty.staff.set_tier import SetTierForm
from oscar_loyalty.storefront.views import AccountView
from tests import world
from tests.functional import buying, desk
from tests.functional.odd_strings import CORPUS, DIGITS, MANY
from tests.sampling import some

# It takes long, and is the same on every database: once is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.sampled]

SPEND, ACCOUNT = "/basket/points/", "/accounts/loyalty/"
WRITE_A_NUMBER = "Write how many points you want to spend, as a whole number."
FORM = "application/x-www-form-urlencoded"
#: A page takes its time; what reads the values has seen them all.
SOME = some(MANY[::5], one_in=4)


@pytest.fixture
def dora(db):
    """A member with 1,000 points, of which she has chosen 300 for her basket."""
    world.programme(redeemable=True)
    buying.open_the_country()
    user = world.customer("dora")
    world.place(user, "1000.00", number="past")
    return user


@pytest.fixture
def client(dora):
    signed_in = desk.signed_in(dora)
    signed_in.post(f"/basket/add/{world.product('20.00').pk}/", {"quantity": "1"})
    send(signed_in, SPEND, points="300")
    return signed_in


def send(client, url, **fields):
    """As a browser does, or worse: even what is no text."""
    client.cookies.pop("messages", None)
    body = urlencode(fields, encoding="utf-8", errors="surrogatepass")
    return client.post(url, body, content_type=FORM)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def books():
    return [
        *Account.objects.order_by("pk").values_list("balance", "held", "seq"),
        *Hold.objects.order_by("pk").values_list("points", "state"),
        *Entry.objects.order_by("pk").values_list("key", "points"),
    ]


def test_there_are_thousands():
    assert len(set(MANY)) >= 1000
    assert len(DIGITS) >= 60


class TestTheShopper:
    def test_points_to_spend(self, client):
        before = books()
        for odd in some(MANY, one_in=4):
            assert PointsForm({"points": odd}).errors == {"points": [WRITE_A_NUMBER]}, repr(odd)
        for odd in SOME:
            response = send(client, SPEND, points=odd)
            assert (response.status_code, response["Location"]) == (302, "/basket/"), repr(odd)
            assert told(response) == [WRITE_A_NUMBER], repr(odd)
        assert books() == before

    def test_points_to_spend_in_any_digits(self, client, dora):
        for number, digits in enumerate(DIGITS, 1):
            wanted = digits[1] + "".join(digits[int(digit)] for digit in f"{number:02}")
            assert told(send(client, SPEND, points=f" {wanted} ")) == [], wanted
            assert Hold.objects.get(state="open").points == 100 + number
        too_many = [digits[9] * 4 for digits in DIGITS]
        before = books()
        for wanted in too_many:
            answer = told(send(client, SPEND, points=wanted))
            assert answer == ["You have fewer points to spend than that."]
        assert books() == before

    def test_where_to_go_back_to(self, client):
        """Whatever is asked for, a browser stays in this shop."""
        elsewhere = (
            "//e",
            "/\\e",
            "https:e",
            "\t//e",
            "http:///e",
            "\\\\e",
            "javascript:1",
            "ftp:/e",
        )
        for odd in (*SOME, *elsewhere):
            response = send(client, SPEND, points="301", next=odd)
            assert response.status_code == 302, repr(odd)
            assert not response["Location"].startswith(("//", "\\", "http", "java", "ftp"))
        for odd in elsewhere:
            assert send(client, SPEND, points="300", next=odd)["Location"] == "/basket/", odd

    def test_other_peoples_numbers(self, client, dora):
        """Fields that nobody asked for name nothing: a basket, a hold, an account or an order."""
        other = world.customer("eve")
        world.place(other, "500.00", number="others")
        theirs = world.basket_with(world.product("10.00"), user=other)
        world.hold(other, 200, basket_id=theirs.pk)
        numbers = {"basket": theirs.pk, "basket_id": theirs.pk, "user": other.pk}
        numbers |= {"hold": Hold.objects.latest("pk").pk, "order_number": "others"}
        before = books()
        for button in ({"none": "1"}, {"points": "300"}, {"all": "1"}, {"points": "300"}):
            assert send(client, SPEND, **numbers, **button).status_code == 302
        assert set(before) <= set(books())
        assert set(books()) - set(before) == {(300, "released")}

    def test_pages_of_the_history(self, client, dora):
        before, requests = books(), RequestFactory()
        for odd in SOME:
            query = urlencode({"before": odd}, encoding="utf-8", errors="surrogatepass")
            request = requests.get(f"{ACCOUNT}?{query}")
            request.user = dora
            page = AccountView.as_view()(request).context_data["history"]
            assert (page.misdirected, page.is_newest, len(page.rows)) == (True, True, 1), repr(odd)
        assert books() == before

    def test_our_pages_with_parameters_that_nobody_knows(self, client):
        before = books()
        for page in (ACCOUNT, "/loyalty/", "/basket/"):
            for odd in CORPUS[::20]:
                names = dict.fromkeys(("before", "page", "points", "next", "hold", "order"), odd)
                answer = client.get(f"{page}?{urlencode(names)}")
                assert answer.status_code == 200, (page, odd)
        assert books() == before

    def test_the_sentence_stands_at_the_field(self, client):
        send(client, SPEND, points="1e3")
        page = client.get("/basket/").content.decode()
        assert page.count(WRITE_A_NUMBER) == 2
        assert f"alert-{REFUSED}" in page
        assert 'aria-describedby="loyalty-points-refused"' in page


def takes_points(text):
    """-5 is as good as 5 where staff give and take, in any digits."""
    number = text.strip().replace("\u2212", "-")
    return re.fullmatch(r"-\d{1,30}", number) and 0 < -int(number) <= MOST


class TestStaff:
    """The forms one by one; their pages are sent the shorter corpus by tests of their own."""

    @pytest.fixture
    def clerk(self, dora, rf):
        request = rf.get("/admin/")
        request.user = desk.owner()
        return request

    def numbers_of(self, model, request):
        """The form of a model in the admin, and those of its fields that hold a number."""
        form = admin.site._registry[model].get_form(request, model.objects.first())
        kinds = ("IntegerField", "DecimalField")
        names = [name for name, field in form.base_fields.items() if type(field).__name__ in kinds]
        return form, names

    @pytest.mark.parametrize(("model", "fewest"), [(Programme, 15), (Tier, 3)])
    def test_numbers_of_a_model(self, clerk, model, fewest):
        """What is not refused is within the bounds of the field."""
        world.tier("Silver", 1, "100")
        form_class, names = self.numbers_of(model, clerk)
        assert len(names) >= fewest
        for odd in some(MANY, one_in=4):
            form = form_class(dict.fromkeys(names, odd), instance=model.objects.get())
            form.is_valid()
            for name in names:
                value = form.cleaned_data.get(name)
                assert name in form.errors or value is None or 0 <= value <= 10**12, (name, odd)

    @pytest.mark.parametrize(
        ("model", "name", "beside"),
        [(RuleVersion, "points", {}), (TierBenefit, "value", {"kind": "multiplier"})],
    )
    def test_numbers_of_a_row(self, dora, model, name, beside):
        row = model(**beside)
        if model is TierBenefit:
            row.tier = world.tier("Silver", 1, "100")
        else:
            row.rule, row.product = world.rule(points=5).rule, world.product()
            row.number, row.published_at = 2, world.MARCH
        field = model._meta.get_field(name).formfield()
        for odd in some(MANY, one_in=4):
            try:
                setattr(row, name, field.clean(odd))
                row.full_clean()
            except ValidationError:
                continue
            assert 0 <= getattr(row, name) <= 10**12, repr(odd)

    def test_points_to_give(self, dora):
        before = books()
        for odd in some(MANY, one_in=4):
            form = AdjustForm({"points": odd, "reason": "other", "note": "x", "source": "1"})
            if takes_points(odd):
                continue
            assert "points" in form.errors, repr(odd)
            assert len(form.errors["points"]) == 1
        assert books() == before

    def test_tiers_to_put_on(self, dora):
        world.tier("Silver", 1, "100")
        for odd in some(MANY, one_in=4):
            if odd.strip():
                assert list(SetTierForm({"tier": odd}).errors) == ["tier"], repr(odd)

    @pytest.mark.parametrize("model", ["account", "entry", "award", "hold"])
    def test_lists_and_pages_of_the_admin(self, clerk, model):
        client, before = desk.signed_in(clerk.user), books()
        listed = reverse(f"admin:oscar_loyalty_{model}_changelist")
        for odd in CORPUS[::6]:
            others = dict.fromkeys(("p", "o", "state__exact", "account__id__exact"), odd)
            for query in ({"q": odd}, others):
                answer = client.get(f"{listed}?{urlencode(query)}")
                assert answer.status_code in (200, 302), query
            try:
                page = reverse(f"admin:oscar_loyalty_{model}_change", args=[odd])
            except NoReverseMatch:
                continue
            assert client.get(page).status_code in (302, 404), repr(odd)
        assert books() == before
