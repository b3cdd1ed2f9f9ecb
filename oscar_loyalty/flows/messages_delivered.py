"""The post goes out: what is due is claimed, looked at once more, written and sent."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import DatabaseError

from oscar_loyalty import conf
from oscar_loyalty.errors import InvalidText
from oscar_loyalty.flows import blanks, letter_written
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.models import Message, kind_of
from oscar_loyalty.program.messages.policy import Drop, Limits, Prospect, Wait
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import channels, mails
from oscar_loyalty.shop.channels import Channel
from oscar_loyalty.shop.mails import Correspondent, Letter

logger = logging.getLogger("oscar_loyalty")


@dataclass(frozen=True)
class Dispatch:
    """What may leave: which way, to whom, and in which words."""

    channel: Channel
    reader: Correspondent
    letter: Letter


def run(*, at: datetime, limit: int = 1000) -> int:
    """Do what is due, so many at most; return how many messages were looked at."""
    for done in range(limit):
        message = messages.claim(at=at)
        if message is None:
            return done
        _deliver(message, at)
    return limit


def _deliver(message: Message, at: datetime) -> None:
    """
    Send one message.

    It stays claimed while the letter leaves, and nothing is locked: whoever dies here leaves it to
    the next after the lease. Only if that is after the letter was taken does it go twice.
    """
    try:
        ready = _dispatch(message, at)
        if ready is None:
            return
        ready.channel.deliver(ready.letter, ready.reader, identity=_identity(message))
    except Exception as error:
        # Of the error only its kind: what a server says may name the member.
        why = _why(error)
        logger.warning("loyalty: message %s was not sent (%s)", message.pk, why)
        messages.try_later(message, why, at=at)
        return
    if _mark_sent(message, at) and message.channel == policy.EMAIL and not message.address:
        _record(ready)


def _dispatch(message: Message, at: datetime) -> Dispatch | None:
    """The message as it would leave now; None for one that must not, or not yet."""
    if not message.address:
        # Whoever was merged meanwhile is written to where they go on.
        message.account_id = ledger_queries.open_account_of(message.account_id)
    channel = channels.named(message.channel)
    reader = _reader_of(message, channel) if channel else None
    held_up = policy.verdict(_prospect(message, reader, at), _limits(), at=at)
    if isinstance(held_up, Drop):
        messages.drop(message, held_up.reason, at=at)
    elif isinstance(held_up, Wait):
        messages.put_off(message, until=held_up.until)
    if held_up or channel is None or reader is None:
        return None
    return Dispatch(channel, reader, letter_written.run(message, reader, at=at))


def _mark_sent(message: Message, at: datetime) -> bool:
    """It has left: a database that refuses once must not send it again."""
    try:
        return messages.mark_sent(message, at=at)
    except DatabaseError:
        return messages.mark_sent(message, at=at)


def _record(sent: Dispatch) -> None:
    try:
        mails.record(sent.reader, sent.letter)
    except Exception:  # It has left: what fails now must not send it again.
        logger.exception("loyalty: a mail was sent and could not be recorded")


def _identity(message: Message) -> str:
    """By it, the same whenever the message is sent, a mail program knows a copy."""
    return hashlib.sha256(message.key.encode()).hexdigest()[:32]


def _reader_of(message: Message, channel: Channel) -> Correspondent | None:
    owner = ledger_queries.owner_of(message.account_id)
    if owner is None:
        return None
    return mails.correspondent(owner, at_address=message.address, address_of=channel.address_of)


def _prospect(message: Message, reader: Correspondent | None, at: datetime) -> Prospect:
    account_id, kind = message.account_id, kind_of(message)
    asks = message.order_number and not kind.outlives_order
    award = earning_queries.award_of(message.order_number) if asks else None
    restraint = ledger_queries.restraint_of(account_id)
    prospect = Prospect(
        kind=kind,
        planned_at=message.planned_at,
        active=_is_sent_so(message),
        wanted=policy.wants(kind, messages_queries.choices_of(account_id)),
        restrained=restraint.blocked,
        reachable=bool(reader and reader.address),
        order_stands=award.stands if award else None,
        still_true=blanks.are_still_true(message, at=at),
        silent=channels.is_silent(message.channel),
    )
    if not kind.marketing:
        return prospect
    return replace(
        prospect,
        sent_at=messages_queries.marketing_sent(
            ledger_queries.family_of(account_id),
            since=at - policy.WEEK,
            silent=[code for code in conf.CHANNELS() if channels.is_silent(code)],
        ),
        outranked=messages_queries.is_outranked(message, at=at),
    )


def _is_sent_so(message: Message) -> bool:
    """Whether staff still want such messages to be sent, and this way."""
    kind = kind_of(message)
    row = messages_queries.kind_row(kind)
    wanted = policy.channels_for(kind, row.channels, address=message.address) if row else ()
    return message.channel in wanted


def _limits() -> Limits:
    row, terms = messages_queries.limits(), terms_queries.written()
    zone = ZoneInfo(terms.time_zone if terms else "UTC")
    return Limits(row.weekly, row.quiet_from, row.quiet_until, zone)


def _why(error: Exception) -> str:
    if isinstance(error, InvalidText):
        return f"text: {error}"[:100]
    codes = (getattr(error, name, None) for name in ("smtp_code", "code"))
    code = next((str(number) for number in codes if isinstance(number, int)), "")
    return f"{type(error).__name__} {code}".strip()[:100]
