"""What a product's page promises, and what the product earns."""

from oscar_loyalty.models import Award
from tests import world

EARN = "[data-loyalty=earn]"


def earned_by(user, product):
    """What an order of one of the product earns."""
    return Award.objects.get(order_number=world.place(user, products=[product]).number).points


def promised(page):
    """The points that a product's page promises; None when it promises none."""
    hooks = page.html.select(EARN)
    return int(hooks[0]["value"]) if hooks else None
