"""A shopper at Oscar's real checkout, page by page."""

from django.urls import reverse
from oscar.core.loading import get_model

ADDRESS = {
    "first_name": "Alice",
    "last_name": "Archer",
    "line1": "1 Orchard Lane",
    "line4": "Larkfield",
    "postcode": "N12 9RE",
}


def open_the_country():
    """Somewhere to ship to."""
    get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="GB",
        defaults={"printable_name": "United Kingdom", "is_shipping_country": True},
    )


def add(browser, product, *, user=None):
    """Put one of the product into the basket from its own page."""
    page = browser.get(product.get_absolute_url(), user=user)
    return page.forms["add_to_basket_form"].submit()


def go_to_preview(browser, *, user=None, method="standard"):
    """From the basket to the page with the button that places the order."""
    page = browser.get(reverse("checkout:shipping-address"), user=user)
    form = page.forms["new_shipping_address"]
    for name, value in ADDRESS.items():
        form[name] = value
    form.submit()
    page = browser.get(reverse("checkout:shipping-method"), user=user)
    forms = [form for form in page.forms.values() if "method_code" in form.fields]
    chosen = next((form for form in forms if form["method_code"].value == method), None)
    if chosen is not None:
        chosen.submit()
    return browser.get(reverse("checkout:preview"), user=user)


def as_guest(browser, product, *, address="guest@example.com"):
    """Buy one of the product without an account; the thank-you page."""
    add(browser, product)
    page = browser.get(reverse("checkout:index"))
    form = next(form for form in page.forms.values() if "options" in form.fields)
    form["username"] = address
    form["options"] = "anonymous"
    form.submit()
    return go_to_preview(browser).forms["place_order_form"].submit().follow()


def buy(browser, product, *, user=None, method="standard"):
    """Buy one of the product; the thank-you page."""
    add(browser, product, user=user)
    preview = go_to_preview(browser, user=user, method=method)
    return preview.forms["place_order_form"].submit().follow()
