"""Who knows Larkfield, as plain values: two of the staff, and three shoppers."""

from dataclasses import dataclass

STAFF_EMAIL, STAFF_PASSWORD = "staff@example.com", "staff-demo"
CLERK_EMAIL, CLERK_PASSWORD = "clerk@example.com", "clerk-demo"


@dataclass(frozen=True)
class PastOrder:
    """What was bought, by the goods' codes, and how many days ago."""

    days_ago: int
    upcs: tuple[str, ...]


@dataclass(frozen=True)
class Shopper:
    first_name: str
    last_name: str
    past: tuple[PastOrder, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.first_name.lower()}@example.com"

    @property
    def password(self) -> str:
        return f"{self.first_name.lower()}-demo"


ALICE = Shopper(
    "Alice",
    "Ashdown",
    (
        PastOrder(290, ("bk-01", "mu-01")),
        PastOrder(230, ("ki-01", "ki-03")),
        PastOrder(160, ("ga-01", "ga-04", "ga-06")),
        PastOrder(95, ("mu-02", "mu-04", "mu-06")),
        PastOrder(30, ("ki-02", "ki-04")),
        PastOrder(6, ("bk-03",)),
    ),
)
BOB = Shopper("Bob", "Birch")
DORA = Shopper(
    "Dora",
    "Dale",
    (
        PastOrder(250, ("bk-02", "bk-06")),
        PastOrder(180, ("ki-02", "ki-05")),
        PastOrder(100, ("ga-01", "ga-02")),
        PastOrder(45, ("mu-03", "mu-05")),
        PastOrder(12, ("bk-05", "ki-06")),
    ),
)
SHOPPERS = (ALICE, BOB, DORA)
