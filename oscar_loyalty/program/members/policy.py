"""What counts as a change of how a customer signs in."""

from oscar_loyalty.facts import Credentials


def changed(before: Credentials, after: Credentials) -> tuple[str, ...]:
    """
    What is another than it was: `email-changed`, `password-changed`.

    An address written otherwise reaches the same mailbox. A first address takes nothing from
    anybody: nobody could have been reached at another.
    """
    changes = []
    if before.email and _spelt(before.email) != _spelt(after.email):
        changes.append("email-changed")
    if before.password != after.password:
        changes.append("password-changed")
    return tuple(changes)


def _spelt(address: str) -> str:
    return address.strip().casefold()
