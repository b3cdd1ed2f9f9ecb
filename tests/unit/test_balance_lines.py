"""A file of balances from another system: what is read, and what is wrong by line."""

from datetime import date

import pytest

from oscar_loyalty.flows import balance_lines
from oscar_loyalty.flows.balance_lines import Line

TODAY = date(2026, 3, 1)
HEADING = (
    "The first line must name the columns member and points, and may name expires and note; "
    "each once and no other."
)
QUOTES = "A quotation mark is missing, or too many."
UTF8 = "This is not written in UTF-8; save the file as CSV UTF-8."
TEXT = "This is no text; save the file as CSV UTF-8."


def read(text):
    content = text if isinstance(text, bytes) else text.encode()
    return balance_lines.read(content, today=TODAY)


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("the least", "member,points\na@b.c,150\n", Line(2, "a@b.c", 150, None, "")),
        ("a mark of UTF-8", "\ufeffmember,points\n7,150\n", Line(2, "7", 150, None, "")),
        ("semicolons", "Points;Member\n+150;7", Line(2, "7", 150, None, "")),
        ("tabs", "member\tpoints\n7\t150", Line(2, "7", 150, None, "")),
        (
            "lines of Windows, empty ones",
            "member,points\r\n\r\n,\r\n 7 , 1\r\n",
            Line(4, "7", 1, None, ""),
        ),
        (
            "all columns",
            'member,points,expires,note\nann,150,2026-03-01,"Card 5,\n""old"""',
            Line(2, "ann", 150, TODAY, 'Card 5,\n"old"'),
        ),
        ("digits of another language", "member,points\n7,١٥٠", Line(2, "7", 150, None, "")),
    ],
)
def test_what_is_read(case, text, expected):
    assert read(text) == ([expected], [])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(1, HEADING)]),
        ("\n", [(1, HEADING)]),
        ("member\n7", [(1, HEADING)]),
        ("member,points,tier\n7,1,gold", [(1, HEADING)]),
        ("member,points,points\n7,1,1", [(1, HEADING)]),
        ("member,points\n", [(1, "There is no line below the heading.")]),
        (b"member,points\n7,1\nJos\xe9,1\n", [(3, UTF8)]),
        ("member,points\n7,1\n".encode("utf-16"), [(1, UTF8)]),
        ("member,points\n7,1\nb\0b,1\n", [(3, TEXT)]),
        ('member,points\n"7,1\n', [(3, QUOTES)]),
        ("member,points\n7,1,2\n7\n", [
            (2, "This line has 3 columns, the heading has 2."),
            (3, "This line has 1 column, the heading has 2."),
        ]),
        ("member,points\n,1", [(2, "This line names no member.")]),
        ("member,points\n7,", [(2, "– is no whole number of points such as 150.")]),
        ("member,points\n7,1.5", [(2, "1.5 is no whole number of points such as 150.")]),
        ("member,points\n7,0", [(2, "0 is no balance: write 1 to 10000000 points.")]),
        ("member,points\n7,-5", [(2, "-5 is no balance: write 1 to 10000000 points.")]),
        ("member,points\n7,10000001", [
            (2, "10000001 is no balance: write 1 to 10000000 points."),
        ]),
        ("member,points,expires\n7,x,2026-02-28", [
            (2, "x is no whole number of points such as 150."),
            (2, "2026-02-28 is past: these points would have expired already."),
        ]),
        ("member,points,expires\n7,1,2026-02-30\n8,1,2026-W09-1\n9,1,9999-12-31", [
            (2, "2026-02-30 is not a day; write it as 2026-01-31."),
            (3, "2026-W09-1 is not a day; write it as 2026-01-31."),
            (4, "9999-12-31 is not a day; write it as 2026-01-31."),
        ]),
        ("member,points,note\n7,1," + "x" * 1001 + "\n8,1,\x07", [
            (2, "The note must be readable text of at most 1000 characters."),
            (3, "The note must be readable text of at most 1000 characters."),
        ]),
    ],
)  # fmt: skip
def test_what_is_wrong(text, faults):
    assert read(text) == ([], faults)


def test_a_file_is_not_endless(monkeypatch):
    monkeypatch.setattr(balance_lines, "MOST_LINES", 2)
    lines, faults = read("member,points\n7,1\n8,1\n9,1\n")
    assert [line.number for line in lines] == [2, 3]
    assert faults == [(4, "More than 2 lines: split the file.")]
