"""Draws a picture for each good, so that no picture has to be kept in the repository."""

import unicodedata
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from .goods import Good

WIDTH, HEIGHT = 600, 800
MARGIN = 48
TITLE_SIZE, MAKER_SIZE = 62, 30
INK = "#fbf7ef"
# Paper and accent; goods of one shelf take turns, by the number in their code.
PALETTES = (
    ("#22405a", "#e0a458"),
    ("#5b2a3c", "#d9b8a0"),
    ("#2f4b3c", "#c9c36a"),
    ("#7a3b24", "#efc88b"),
    ("#3d3a5c", "#9fb8ad"),
    ("#1f5458", "#f0b7a4"),
)


def draw(good: Good, shelf_name: str) -> bytes:
    """A JPEG of 600 by 800 pixels with a motif of the shelf, the title and the maker."""
    paper, accent = PALETTES[int(good.upc[-2:]) % len(PALETTES)]
    picture = Image.new("RGB", (WIDTH, HEIGHT), paper)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, WIDTH - 20, HEIGHT - 20), outline=accent, width=3)
    MOTIFS[shelf_name](pen, paper, accent)
    _caption(pen, good, accent)
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=85)
    return jpeg.getvalue()


def _caption(pen: ImageDraw.ImageDraw, good: Good, accent: str) -> None:
    title, maker = _plain(good.title), _plain(good.maker)
    pen.text((MARGIN, 60), title, font=_font_that_fits(pen, title), fill=INK)
    pen.line((MARGIN, 150, MARGIN + 120, 150), fill=accent, width=5)
    pen.text((MARGIN, 172), maker, font=ImageFont.load_default(MAKER_SIZE), fill=accent)


def _plain(text: str) -> str:
    """`text` without accents: the font that Pillow carries has none."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _font_that_fits(pen: ImageDraw.ImageDraw, title: str) -> ImageFont.ImageFont:
    font = ImageFont.load_default(TITLE_SIZE)
    across = pen.textlength(title, font=font)
    room = WIDTH - 2 * MARGIN
    if across <= room:
        return font
    return ImageFont.load_default(int(TITLE_SIZE * room / across))


def _rings(pen: ImageDraw.ImageDraw, paper: str, accent: str) -> None:
    """A record."""
    for radius in range(230, 60, -18):
        _circle(pen, 300, 500, radius, outline=accent, width=3)
    _circle(pen, 300, 500, 64, fill=accent)
    _circle(pen, 300, 500, 10, fill=paper)


def _waves(pen: ImageDraw.ImageDraw, paper: str, accent: str) -> None:
    """Hills under a sun."""
    _circle(pen, 420, 400, 84, fill=accent)
    for row in range(5):
        top = 480 + row * 52
        fill = accent if row % 2 else paper
        pen.ellipse((-160 + row * 90, top, 520 + row * 60, top + 460), fill=fill)
    pen.rectangle((0, HEIGHT - 20, WIDTH, HEIGHT), fill=paper)
    pen.rectangle((0, 0, 19, HEIGHT), fill=paper)
    pen.rectangle((WIDTH - 19, 0, WIDTH, HEIGHT), fill=paper)
    pen.rectangle((20, 20, WIDTH - 20, HEIGHT - 20), outline=accent, width=3)


def _leaves(pen: ImageDraw.ImageDraw, paper: str, accent: str) -> None:
    """A stem with leaves."""
    pen.line((300, 320, 300, 740), fill=accent, width=6)
    pen.ellipse((270, 270, 330, 380), fill=accent)
    for step, top in enumerate(range(370, 700, 72)):
        reach = 110 + step * 22
        pen.ellipse((300 - reach, top, 290, top + 52), fill=accent)
        pen.ellipse((310, top + 30, 300 + reach, top + 82), fill=accent)


def _plate(pen: ImageDraw.ImageDraw, paper: str, accent: str) -> None:
    """A plate between a fork and a knife."""
    _circle(pen, 300, 510, 170, fill=accent)
    _circle(pen, 300, 510, 120, outline=paper, width=4)
    for x in (70, 84, 98):
        pen.line((x, 380, x, 470), fill=accent, width=5)
    pen.line((70, 470, 98, 470), fill=accent, width=6)
    pen.line((84, 470, 84, 670), fill=accent, width=9)
    pen.rounded_rectangle((506, 380, 528, 670), radius=10, fill=accent)


def _circle(pen: ImageDraw.ImageDraw, x: int, y: int, radius: int, **style: object) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), **style)


MOTIFS = {"Books": _waves, "Music": _rings, "Garden": _leaves, "Kitchen": _plate}
