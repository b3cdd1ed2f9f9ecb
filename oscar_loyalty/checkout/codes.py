"""Codes typed at the basket: a wrong one is not told why, and only so many may be tried."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_class
from oscar.core.utils import redirect_to_referrer

from oscar_loyalty.guard import harmless
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons import queries as coupons_queries

#: So many wrong codes may be tried in so many seconds from the first of them on.
TRIES, WINDOW = 10, 600


class AddCodeView(get_class("basket.views", "VoucherAddView")):
    """Oscar's own view, or the shop's, with one answer to all codes that cannot be used."""

    voucher: Any = None

    def apply_voucher_to_basket(self, voucher: Any) -> None:
        self.voucher = voucher
        super().apply_voucher_to_basket(voucher)

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.basket.id is None:
            # Then Oscar looks nothing up.
            return super().form_valid(form)
        tries = _key(self.request)
        # Counted before the code is looked up: those who try at the same moment are counted too.
        if _count(tries) > TRIES:
            messages.error(self.request, _too_many())
            return redirect_to_referrer(self.request, "basket:summary")
        said_before = len(messages.get_messages(self.request))
        response = super().form_valid(form)
        if not self._has_given() and self._is_wrong(form.cleaned_data["code"]):
            _say_instead(self.request, said_before, _wrong(self.request))
        else:
            _uncount(tries)
        return response

    def _has_given(self) -> bool:
        applications = self.request.basket.offer_applications
        return self.voucher is not None and any(
            application["voucher"] == self.voucher for application in applications
        )

    @harmless(False)
    def _is_wrong(self, code: str) -> bool:
        """Unknown, or nothing that this visitor could use; not one that wants a fuller basket."""
        voucher, user = self.voucher, self.request.user
        if voucher is None:
            return not self.request.basket.contains_voucher(code)
        if voucher.is_expired() or not voucher.is_active():
            return True
        if not voucher.is_available_to_user(user)[0]:
            return True
        ours = policy.may_be_code(voucher.code)
        return ours and coupons_queries.is_anothers(voucher.pk, user.pk, at=timezone.now())


def _wrong(request: Any) -> str:
    words = _(
        "This code cannot be used: it is mistyped, has expired, was used before, or is "
        "somebody else's."
    )
    if request.user.is_authenticated:
        return words
    return f"{words} {_('If it was given to you, please sign in first.')}"


def _too_many() -> str:
    return _("Too many wrong codes were tried: please wait ten minutes and try again.")


def _say_instead(request: HttpRequest, said_before: int, words: str) -> None:
    """Let these words stand for all messages since the first so many."""
    storage: Any = messages.get_messages(request)
    for message in list(storage)[:said_before]:
        storage.add(message.level, message.message, message.extra_tags)
    messages.error(request, words)


def _key(request: Any) -> str:
    """
    Who tries: a customer, or a guest's basket, without which nothing is looked up.

    Not an address: many have that of the shop's own proxy, and one of them would lock out all.
    """
    user = request.user
    who = f"user:{user.pk}" if user.is_authenticated else f"basket:{request.basket.id}"
    return f"oscar_loyalty:codes:{who}"


@harmless(1)
def _count(key: str) -> int:
    """One more try; which one it is."""
    if cache.add(key, 1, WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # The window ended in between.
        return 1


@harmless(None)
def _uncount(key: str) -> None:
    """That was no wrong one."""
    with suppress(ValueError):
        cache.decr(key)
