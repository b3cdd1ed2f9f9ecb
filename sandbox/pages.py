"""Just enough HTML to read a shop's pages: a tree of elements, and the prices in their words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
PRICE = re.compile(r"£([0-9,]+\.[0-9]{2})")


class PageProblem(RuntimeError):
    """A page that is not there, or does not show what it should."""


@dataclass
class Element:
    """A tag with its attributes and all that stands inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str | None = None, **attributes: str) -> Iterator["Element"]:
        """Every element inside, in order, that has this tag and these attributes."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        for child in self.children:
            if isinstance(child, str):
                continue
            if tag in (None, child.tag) and wanted.items() <= child.attributes.items():
                yield child
            yield from child.all(tag, **attributes)

    def first(self, tag: str | None = None, **attributes: str) -> "Element":
        """
        The first such element.

        :raises PageProblem: if there is none.
        """
        for element in self.all(tag, **attributes):
            return element
        raise PageProblem(f"the page shows no {tag or 'element'} with {attributes}")

    @property
    def text(self) -> str:
        """The words inside, with single spaces."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def rows(self) -> dict[str, str]:
        """The table rows inside: the first cell's words and the last cell's."""
        cells = [[c.text for c in row.children if isinstance(c, Element)] for row in self.all("tr")]
        return {row[0]: row[-1] for row in cells if row}


@dataclass
class Page:
    url: str
    root: Element

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def link(self, words: str) -> str:
        """
        Where the link with these words leads.

        :raises PageProblem: if no link says so.
        """
        for anchor in self.root.all("a"):
            if anchor.text == words:
                return anchor.attributes["href"]
        raise PageProblem(f"{self.path} has no link “{words}”")


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in [element.tag for element in self.open[1:]]:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open[-1].tag not in ("script", "style"):
            self.open[-1].children.append(data)


def prices(text: str) -> list[Decimal]:
    """The amounts in pounds in `text`, in order."""
    return [Decimal(found.replace(",", "")) for found in PRICE.findall(text)]


def parsed(html: str) -> Element:
    parser = _Parser()
    parser.feed(html)
    return parser.open[0]
