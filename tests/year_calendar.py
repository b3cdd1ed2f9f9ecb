"""
What every customer must get in the year of `shop_year`, and when: a calendar of its own.

Plain Python over the orders, the birthdays, what was said and when the worker was awake. Nothing
of the plugin is asked; only what it drew lots with is given: a seed for each draw, a seed for who
is held out, and the customers' account numbers.
"""

import hashlib
import hmac
from calendar import isleap, monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import count, pairwise
from zoneinfo import ZoneInfo

from tests.shop_year import WIN_BACK, Bought, Person, Said

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Kind:
    """Good for so many days; marketing has a rank, and what is prompt goes at night too."""

    fresh: int
    rank: int | None = None
    prompt: bool = False


KINDS = {
    "thank-you": Kind(3, prompt=True),
    "tier-reached": Kind(7, prompt=True),
    "check-in": Kind(14),
    "points-expiring": Kind(14),
    "birthday": Kind(14, 1),
    "occasion": Kind(5, 2),
    "surprise": Kind(3, 3),
    "win-back": Kind(7, 4),
    "win-back-why": Kind(7, 5),
    "win-back-gift": Kind(7, 6),
    "win-back-goodbye": Kind(7, 7),
    "review-request": Kind(14, 8),
}
#: The first day of the greeting, and the feast itself; Nowruz is for those who read Persian.
FEASTS = [
    (date(2027, 12, 30), date(2028, 1, 1), ""),
    (date(2027, 3, 14), date(2027, 3, 21), "fa"),
    (date(2027, 3, 27), date(2027, 3, 28), ""),
]
TIERS = (("Gold", 150, 2), ("Silver", 60, Decimal("1.5")), ("", 0, 1))


@dataclass
class Mail:
    """One that the shop means to send, and what became of it."""

    kind: str
    about: str
    planned: datetime
    due: datetime
    place: int
    state: str = "waiting"
    why: str = ""
    settled: datetime | None = None
    language: str = ""


@dataclass
class Lapse:
    """Somebody stays away; `next_on` is the day of the next step, if there is one."""

    since: datetime
    held_out: bool
    next_on: date | None
    taken: int = 0
    over: bool = False


@dataclass
class Customer:
    """What is known of one by now."""

    person: Person
    account: int
    wants: dict[str, bool] = field(default_factory=dict)
    bought: list[Bought] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    lapses: list[Lapse] = field(default_factory=list)
    birthdays: list[int] = field(default_factory=list)
    gifts: list[date] = field(default_factory=list)
    surprised: list[date] = field(default_factory=list)
    #: The last day of some points; whether their owner was told so.
    points: list[tuple[date, bool]] = field(default_factory=list)
    missed_since: datetime | None = None
    language: str = ""

    @property
    def tier(self) -> tuple[str, int, Decimal | int]:
        spent = sum(order.amount for order in self.bought)
        return next(tier for tier in TIERS if spent >= tier[1])

    def would_like(self, kind: str) -> bool:
        if KINDS[kind].rank and not self.wants.get("marketing", False):
            return False
        return self.wants.get(kind, True)

    def gets_points(self, at: datetime) -> None:
        self.points.append((eight_months_after(local(at)), False))


class Calendar:
    """It lives the same life as the shop, and writes down what must happen."""

    def __init__(
        self, people: list[Person], accounts: dict[str, int], *, seed: str, draws: dict[date, str]
    ) -> None:
        self.seed, self.draws = seed, draws
        self.customers = {one.name: Customer(one, accounts[one.name]) for one in people}
        self.imported: list[tuple[Customer, Bought]] = []
        self.greeted: set[date] = set()
        self.surprises: dict[tuple[int, int], int] = defaultdict(int)
        self.newcomers_gap: int | None = None
        self.reckoned_on: date | None = None
        self.last_worked: date | None = None
        self._places = count()

    # ------------------------------------------------------------ what happens

    def says(self, at: datetime, one: Person, said: Said) -> None:
        self.customers[one.name].wants[said.about] = said.wanted

    def orders(self, at: datetime, one: Person, order: Bought) -> None:
        customer = self.customers[one.name]
        if order.signalled:
            self._know(customer, order, at, language=one.reads)
        else:
            self.imported.append((customer, order))

    def works(self, at: datetime) -> None:
        for customer, order in self.imported:
            self._know(customer, order, at)
        self.imported = []
        # A second worker on the same day finds all of it done.
        if self.last_worked != local(at):
            self.last_worked = local(at)
            self._warn(at)
            self._celebrate(at)
            self._miss(at)
            self._greet(at)
            self._surprise(at)
        self.posts(at)

    def posts(self, at: datetime) -> None:
        for customer in self.customers.values():
            waiting = (mail for mail in customer.mails if mail.state == "waiting")
            due = [mail for mail in waiting if mail.due <= at]
            for mail in sorted(due, key=lambda one: (one.due, one.place)):
                self._post(customer, mail, at)

    # ------------------------------------------------------------ what is to be told

    def _tell(self, customer: Customer, kind: str, about: str, planned: datetime) -> Mail:
        mail = Mail(kind, about, planned, planned, next(self._places))
        customer.mails.append(mail)
        return mail

    def _know(self, customer: Customer, order: Bought, at: datetime, language: str = "") -> None:
        before = customer.tier
        customer.bought.append(order)
        if int(order.amount * before[2]):
            customer.gets_points(order.at)
        if customer.tier != before:
            self._tell(customer, "tier-reached", customer.tier[0], order.at)
        for kind, after in (("thank-you", 0), ("check-in", 7), ("review-request", 14)):
            if order.at + KINDS[kind].fresh * DAY > at:
                self._tell(customer, kind, order.number, order.at + after * DAY)
                customer.language = language or customer.language

    def _warn(self, at: datetime) -> None:
        """A month ahead, and at once of what expires in the week after that too."""
        until = local(at) + 37 * DAY
        for customer in self.customers.values():
            if any(not told and last <= local(at) + 30 * DAY for last, told in customer.points):
                customer.points = [(last, told or last <= until) for last, told in customer.points]
                self._tell(customer, "points-expiring", str(until), at)

    def _celebrate(self, at: datetime) -> None:
        """Three days ahead, or on the first day that the worker is awake again."""
        today = local(at)
        for customer in self.customers.values():
            for year in (today.year - 1, today.year, today.year + 1):
                near = -14 <= (birthday(customer.person, year) - today).days <= 3
                if near and year not in customer.birthdays:
                    customer.birthdays.append(year)
                    self._tell(customer, "birthday", str(year), at)

    def _greet(self, at: datetime) -> None:
        for first, feast, language in FEASTS:
            if feast in self.greeted or not first <= local(at) <= feast:
                continue
            self.greeted.add(feast)
            for customer in self.customers.values():
                meant = not language or customer.language == language
                if meant and customer.would_like("occasion"):
                    self._tell(customer, "occasion", str(feast), at)

    def _surprise(self, at: datetime) -> None:
        """£1 each, £4 a month; with a larger budget all who take part would win within a month."""
        today, key = local(at), bytes.fromhex(self.draws[local(at)])
        below = 2**64 // monthrange(today.year, today.month)[1]
        tickets = []
        for customer in self.customers.values():
            lately = any(today - day < 90 * DAY for day in customer.surprised)
            ticket = hmac.new(key, str(customer.account).encode(), hashlib.sha256).digest()[:8]
            if customer.would_like("surprise") and not lately:
                tickets.append((int.from_bytes(ticket, "big"), customer))
        winning = sorted((one for one in tickets if one[0] < below), key=lambda one: one[0])
        month = (today.year, today.month)
        for _ticket, customer in winning[: 4 - self.surprises[month]]:
            self.surprises[month] += 1
            customer.surprised.append(today)
            self._tell(customer, "surprise", str(today), at)

    # ------------------------------------------------------------ who is missed

    def _miss(self, at: datetime) -> None:
        today = local(at)
        habits = {name: gaps(one.bought) for name, one in self.customers.items()}
        if self.reckoned_on is None or today - self.reckoned_on >= WEEK:
            self.reckoned_on = today
            self.newcomers_gap = quantile(50, [own[0] for own in habits.values() if own])
        for name, customer in self.customers.items():
            if customer.bought:
                self._look_for(customer, habits[name], at)
            for lapse in customer.lapses:
                if not lapse.over and lapse.next_on and lapse.next_on <= today:
                    self._go_on(customer, lapse, at)

    def _look_for(self, customer: Customer, own: list[int], at: datetime) -> None:
        last = max(order.at for order in customer.bought)
        for lapse in customer.lapses:
            lapse.over = lapse.over or last > lapse.since
        usual = [30, quantile(80, own) or 0]
        if len(own) < 3:
            if self.newcomers_gap is None:
                return
            usual.append(self.newcomers_gap)
        late = (local(at) - local(last)).days > max(usual)
        if not late or customer.missed_since == last:
            return
        customer.missed_since = last
        if customer.would_like("win-back"):
            text = f"{self.seed}:{customer.account}:{last.astimezone(timezone.utc).isoformat()}"
            lot = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 10_000
            customer.lapses.append(Lapse(last, held_out=lot < 3_000, next_on=local(at)))

    def _go_on(self, customer: Customer, lapse: Lapse, at: datetime) -> None:
        """Missed you, why?, a gift where there was none within a year, goodbye."""
        today, step = local(at), lapse.taken
        if step == 2 and any((today - day).days < 365 for day in customer.gifts):
            step = 3
        lapse.taken, lapse.next_on = step + 1, today + 7 * DAY if step < 3 else None
        if lapse.held_out or not customer.would_like(WIN_BACK[step]):
            return
        if step == 2:
            customer.gifts.append(today)
            customer.gets_points(at)
        self._tell(customer, WIN_BACK[step], lapse.since.isoformat(), at)

    # ------------------------------------------------------------ what leaves

    def _post(self, customer: Customer, mail: Mail, at: datetime) -> None:
        why = self._refusal(customer, mail, at)
        free = at if why else self._free_from(customer, mail, at)
        if free > at:
            mail.due = free
            return
        mail.state, mail.why, mail.settled = "dropped" if why else "sent", why, at
        mail.language = "" if why else customer.language or "en"

    def _refusal(self, customer: Customer, mail: Mail, at: datetime) -> str:
        if not self._is_true(customer, mail, at):
            return "not-true"
        if not customer.would_like(mail.kind):
            return "unwanted"
        return "too-late" if at > mail.planned + KINDS[mail.kind].fresh * DAY else ""

    def _is_true(self, customer: Customer, mail: Mail, at: datetime) -> bool:
        if mail.kind == "tier-reached":
            return mail.about == customer.tier[0]
        if mail.kind == "occasion":
            return local(at) <= date.fromisoformat(mail.about)
        if mail.kind == "review-request":
            # What was imported is of no product that the shop knows.
            return next(one for one in customer.bought if one.number == mail.about).signalled
        if mail.kind in WIN_BACK:
            since = datetime.fromisoformat(mail.about)
            return not any(order.at > since for order in customer.bought)
        return True

    def _free_from(self, customer: Customer, mail: Mail, at: datetime) -> datetime:
        kind = KINDS[mail.kind]
        loud = at if kind.prompt else morning(at)
        if loud > at or kind.rank is None:
            return loud
        others = (one for one in customer.mails if one.state == "waiting" and one.due <= at)
        if any((KINDS[one.kind].rank or 99) < kind.rank for one in others):
            return at + timedelta(minutes=1)
        sent = [one.settled for one in customer.mails if KINDS[one.kind].rank and one.language]
        week = sorted(moment for moment in sent if moment and moment > at - WEEK)
        return morning(week[-2] + WEEK) if len(week) >= 2 else at


def local(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def morning(at: datetime) -> datetime:
    """The moment, or eight o'clock after the quiet hours that it falls into."""
    clock = at.astimezone(LONDON)
    if 8 <= clock.hour < 21:
        return at
    day = clock.date() + DAY * (clock.hour >= 21)
    return datetime.combine(day, time(8), LONDON).astimezone(timezone.utc)


def birthday(person: Person, year: int) -> date:
    month, day = person.born
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def eight_months_after(day: date) -> date:
    year, month = day.year + (day.month + 7) // 12, (day.month + 7) % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def gaps(orders: list[Bought]) -> list[int]:
    """Between the days on which there were orders."""
    ordered = sorted({local(order.at) for order in orders})
    return [(later - day).days for day, later in pairwise(ordered)]


def quantile(per_cent: int, numbers: list[int]) -> int | None:
    """The smallest that so many per cent do not exceed."""
    place = -(-per_cent * len(numbers) // 100)
    return sorted(numbers)[place - 1] if numbers else None
