"""What earning rules ask of the customers behind orders, read only as far as a rule asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from oscar_loyalty import conf
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.program.earning.policy.rules import Buyer, Rule
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.shop import mails, orders, people

#: The tier of those who have none.
NO_TIER = 0


@dataclass(frozen=True)
class Buyers:
    """Groups and languages of customers, and which of their orders each is; None: not asked."""

    groups: Mapping[int, Collection[int]] | None = None
    languages: Mapping[int, str] | None = None
    ordinals: Mapping[str, int] | None = None

    def of(self, order: OrderFacts, account_id: int, tier_id: int | None) -> Buyer:
        """The customer of one of the orders, as a member of that account and tier."""
        buyer = self.who(order.user_id or 0, account_id, tier_id)
        return replace(buyer, nth_order=(self.ordinals or {}).get(order.number))

    def who(self, user_id: int, account_id: int, tier_id: int | None) -> Buyer:
        """One of the customers, as a member of that account and tier."""
        language = (self.languages or {}).get(account_id)
        return Buyer(
            tier_id=tier_id or NO_TIER,
            groups=self.groups.get(user_id, ()) if self.groups is not None else None,
            language=mails.supported(language) if language else None,
        )


def run(rules: Sequence[Rule], accounts: Mapping[int, int], *, language: str = "") -> Buyers:
    """
    The customers with these accounts, by the id of the customer.

    `language` is what they read at this moment; otherwise it is what they were last written to in.
    """
    users = list(accounts)
    groups, languages, ordinals = None, None, None
    if any(rule.groups for rule in rules):
        groups = people.groups_of(users)
    if any(rule.languages for rule in rules):
        known = dict.fromkeys(accounts.values(), language) if language else None
        languages = known or messages_queries.last_languages(list(accounts.values()))
    if any(rule.nth_order for rule in rules):
        ordinals = orders.ordinals(users, without=conf.CANCELLED_STATUSES())
    return Buyers(groups, languages, ordinals)
