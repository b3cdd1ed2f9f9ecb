"""Cells of reports: as people read them, as files have them, and as programs get them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.program.reports.policy.tables import Column
from oscar_loyalty.words import figures

A_THIRD, MAY = Fraction(1, 3), date(2026, 5, 1)


@pytest.mark.parametrize(
    ("kind", "cell", "shown", "plain", "machine"),
    [
        ("text", "Gold", "Gold", "Gold", "Gold"),
        ("text", "=1+1", "=1+1", "'=1+1", "=1+1"),
        ("month", MAY, "May 2026", "2026-05", "2026-05"),
        ("month", "The whole time", "The whole time", "The whole time", "The whole time"),
        ("day", MAY, "May 1, 2026", "2026-05-01", "2026-05-01"),
        ("count", 12_500, "12,500", "12500", 12_500),
        ("count", -3, "-3", "-3", -3),
        ("money", Decimal("1234.50"), "£1,234.50", "1234.50", "1234.50"),
        ("money", Decimal("-5.00"), "-£5", "-5.00", "-5.00"),
        ("average", A_THIRD, "£0.33", "0.33", "0.33"),
        ("share", A_THIRD, "33.3\N{NO-BREAK SPACE}%", "33.3", 0.333333),
        ("share", Fraction(1, 2000), "0.1\N{NO-BREAK SPACE}%", "0.1", 0.0005),
        ("ratio", Fraction(7, 2), "3.50", "3.50", 3.5),
        ("share", None, "–", "", None),
    ],
)
def test_a_cell(kind, cell, shown, plain, machine):
    column = Column("figure", "Figure", kind)
    assert figures.shown(cell, column, "GBP") == shown
    assert figures.plain(cell, column) == plain
    assert figures.machine(cell, column) == machine


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Alice", "Alice"),
        ("", ""),
        ("+441234", "'+441234"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\rAlice", "'\rAlice"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
    ],
)
def test_no_text_is_a_formula(text, written):
    assert figures.harmless(text) == written
