"""
How many of the points that are outstanding will probably expire unspent.

What was earned in a month is settled once hardly anything of it is outstanding. Of settled months
it is known which part expired; of what was earned in a younger one, the same part is expected to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

#: A month is settled when no more than one in so many of its points is outstanding.
HARDLY_ANY = 20


@dataclass(frozen=True)
class Cohort:
    """Points earned in a month, less what was taken back, and what has become of them."""

    earned: int = 0
    expired: int = 0
    outstanding: int = 0

    def __add__(self, other: "Cohort") -> "Cohort":
        return Cohort(
            self.earned + other.earned,
            self.expired + other.expired,
            self.outstanding + other.outstanding,
        )

    def __sub__(self, other: "Cohort") -> "Cohort":
        return Cohort(
            self.earned - other.earned,
            self.expired - other.expired,
            self.outstanding - other.outstanding,
        )

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of nearly all of them."""
        return self.earned > 0 and self.outstanding * HARDLY_ANY <= self.earned


def rate(cohorts: Iterable[Cohort]) -> Fraction | None:
    """The part of what was earned in settled months that expired; None where none is settled."""
    settled = sum((cohort for cohort in cohorts if cohort.is_settled), Cohort())
    return min(Fraction(settled.expired, settled.earned), Fraction(1)) if settled.earned else None


def of(cohort: Cohort, part: Fraction) -> Fraction:
    """How many points of a month are still to expire, if in all that part of them does."""
    left = part * cohort.earned - cohort.expired
    return min(max(left, Fraction(0)), Fraction(max(cohort.outstanding, 0)))
