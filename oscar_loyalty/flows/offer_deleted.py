"""An offer leaves the shop: if it was ours, what it was for is kept, for orders still name it."""

from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.shop import offers


def run(offer_id: int) -> None:
    """Remember what the offer is for, as long as it is there."""
    for pk, purpose in offers.purposes(offer_id).items():
        reports.note_gone(pk, purpose)
