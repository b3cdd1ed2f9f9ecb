"""What Larkfield sells, as plain values. The books and the music are in the public domain."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Good:
    """One thing on a shelf; `maker` is the author, the composer or the material."""

    upc: str
    title: str
    maker: str
    price: Decimal
    description: str


@dataclass(frozen=True)
class Shelf:
    """One category, whose goods are all of one product class."""

    name: str
    product_class: str
    goods: tuple[Good, ...]


def _good(upc: str, title: str, maker: str, price: str, description: str) -> Good:
    return Good(upc, title, maker, Decimal(price), description)


SHELVES = (
    Shelf(
        "Books",
        "Book",
        (
            _good("bk-01", "Middlemarch", "George Eliot", "12.99", "A study of provincial life."),
            _good("bk-02", "Moby-Dick", "Herman Melville", "11.50", "A captain and his whale."),
            _good("bk-03", "Jane Eyre", "Charlotte Brontë", "8.99", "A governess and a secret."),
            _good("bk-04", "The Time Machine", "H. G. Wells", "7.50", "An inventor's one journey."),
            _good("bk-05", "Walden", "Henry David Thoreau", "8.25", "Two years beside a pond."),
            _good("bk-06", "Dracula", "Bram Stoker", "9.75", "Letters, diaries and a count."),
        ),
    ),
    Shelf(
        "Music",
        "Goods",
        (
            _good("mu-01", "Goldberg Variations", "J. S. Bach", "14.00", "On piano, one disc."),
            _good("mu-02", "Nocturnes", "Frédéric Chopin", "12.50", "Complete, two discs."),
            _good("mu-03", "Gymnopédies", "Erik Satie", "11.00", "With the Gnossiennes."),
            _good("mu-04", "The Planets", "Gustav Holst", "24.00", "On vinyl, with a booklet."),
            _good("mu-05", "Winterreise", "Franz Schubert", "16.50", "Voice and fortepiano."),
            _good("mu-06", "The Four Seasons", "Antonio Vivaldi", "22.00", "On vinyl."),
        ),
    ),
    Shelf(
        "Garden",
        "Goods",
        (
            _good("ga-01", "Watering Can", "Copper", "38.00", "Five litres, with a brass rose."),
            _good("ga-02", "Hand Trowel", "Ash and steel", "14.50", "For bulbs and borders."),
            _good("ga-03", "Wildflower Mix", "Seeds", "4.95", "Enough for ten square metres."),
            _good("ga-04", "Three Pots", "Terracotta", "21.00", "Frost-proof, with saucers."),
            _good("ga-05", "Gardening Gloves", "Leather", "17.25", "Soft, and lined at the cuff."),
            _good("ga-06", "Digging Fork", "Forged steel", "46.00", "Four tines, ash handle."),
        ),
    ),
    Shelf(
        "Kitchen",
        "Goods",
        (
            _good("ki-01", "Frying Pan", "Cast iron", "59.00", "For a lifetime of breakfasts."),
            _good("ki-02", "Apron", "Linen", "27.50", "Cross-back, one large pocket."),
            _good("ki-03", "Teapot", "Stoneware", "34.00", "Pours four cups without a drip."),
            _good("ki-04", "Chopping Board", "Oak", "32.00", "End grain, with a groove."),
            _good("ki-05", "Bread Tin", "Blued steel", "13.75", "For a two-pound loaf."),
            _good("ki-06", "Pepper Mill", "Beech", "24.50", "With a ceramic grinder."),
        ),
    ),
)
