"""
Refusals of the programme. Each carries a stable `code` and a sentence a person can read.

    LoyaltyError
    ├── InvalidPoints        points that are no whole number, zero, or beyond the limit
    ├── InsufficientPoints   more points asked for than can be spent
    ├── RedemptionRefused    points that may not be spent, by this member or at all
    ├── InvalidCause         an action, reference, reason or source that cannot stand in the books
    ├── KeyReused            the same cause posted again with another amount
    ├── OwnAccount           staff touching their own points
    ├── AccountClosed        an account that was merged into another
    ├── MergeRefused         two accounts that cannot become one
    ├── ClaimRefused         an order that cannot be claimed, or would earn nothing by it
    ├── BirthdayRefused      a birthday that nobody celebrates, or that may not be changed yet
    ├── NoteMissing          an adjustment that does not say why
    ├── NotAMember           a customer without an account
    ├── NoProgramme          the programme has not been set up
    ├── InvalidCoupon        a coupon that gives nothing, too much, or what is not there
    ├── ApologyRefused       an apology that cannot be sent, or not as it was seen
    ├── InvalidText          a text of a message that cannot be filled in
    ├── ReportRefused        a report that there is none of, or about no time that has been
    ├── DraftRefused         a draft that cannot be simulated or published, or not any more
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


class RedemptionRefused(LoyaltyError):
    """This member may not spend points, or nobody may."""

    code = "redemption-refused"


class InvalidCause(LoyaltyError):
    """What is to be posted is named by words that are missing, too long, or unreadable."""

    code = "invalid-cause"


class KeyReused(LoyaltyError):
    """A cause that is already in the books came again with another amount."""

    code = "key-reused"


class OwnAccount(LoyaltyError):
    """Nobody adjusts their own points."""

    code = "own-account"


class AccountClosed(LoyaltyError):
    """The account was merged into another one."""

    code = "account-closed"


class MergeRefused(LoyaltyError):
    """These two accounts cannot become one."""

    code = "merge-refused"


class ClaimRefused(LoyaltyError):
    """The order is not the visitor's to claim, or would earn nothing."""

    code = "claim-refused"


class BirthdayRefused(LoyaltyError):
    """The shop celebrates no birthdays, or this one was changed not long ago."""

    code = "birthday-refused"


class NoteMissing(LoyaltyError):
    """Every adjustment says why."""

    code = "note-missing"


class NotAMember(LoyaltyError):
    """The customer has no account."""

    code = "not-a-member"


class NoProgramme(LoyaltyError):
    """There is no programme yet."""

    code = "no-programme"


class InvalidCoupon(LoyaltyError):
    """A coupon must give something that is possible."""

    code = "invalid-coupon"


class InvalidDate(LoyaltyError):
    """The date makes no sense here, such as a start in the future."""

    code = "invalid-date"


class ApologyRefused(LoyaltyError):
    """The apology was sent, has changed since it was looked at, or would reach nobody."""

    code = "apology-refused"


class ReportRefused(LoyaltyError):
    """There is no such report, or nothing can be said about what is asked."""

    code = "report-refused"


class DraftRefused(LoyaltyError):
    """The draft makes no sense, was published, or cannot be replayed as asked."""

    code = "draft-refused"


class InvalidText(LoyaltyError):
    """The text of a message asks for what it cannot be given."""

    code = "invalid-text"
