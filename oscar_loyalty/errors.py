"""
Refusals of the programme. Each carries a stable `code` and a sentence a person can read.

    LoyaltyError
    ├── InvalidPoints        points that are no whole number, zero, or beyond the limit
    ├── InsufficientPoints   more points asked for than can be spent
    ├── InvalidCause         an action, reference, reason or source that cannot stand in the books
    ├── KeyReused            the same cause posted again with another amount
    ├── OwnAccount           staff touching their own points
    ├── NoteMissing          an adjustment that does not say why
    ├── NotAMember           a customer without an account
    ├── NoProgramme          the programme has not been set up
    └── InvalidDate          a date that makes no sense here
"""


class LoyaltyError(Exception):
    """A refusal: nothing was changed. `str()` is a sentence in the reader's language."""

    code = "loyalty"


class InvalidPoints(LoyaltyError):
    """Points must be a whole number, not zero, and within the limit."""

    code = "invalid-points"


class InsufficientPoints(LoyaltyError):
    """The account holds fewer points than asked for."""

    code = "insufficient-points"


class InvalidCause(LoyaltyError):
    """What is to be posted is named by words that are missing, too long, or unreadable."""

    code = "invalid-cause"


class KeyReused(LoyaltyError):
    """A cause that is already in the books came again with another amount."""

    code = "key-reused"


class OwnAccount(LoyaltyError):
    """Nobody adjusts their own points."""

    code = "own-account"


class NoteMissing(LoyaltyError):
    """Every adjustment says why."""

    code = "note-missing"


class NotAMember(LoyaltyError):
    """The customer has no account."""

    code = "not-a-member"


class NoProgramme(LoyaltyError):
    """There is no programme yet."""

    code = "no-programme"


class InvalidDate(LoyaltyError):
    """The date makes no sense here, such as a start in the future."""

    code = "invalid-date"
