"""Links that unsubscribe: none that was forged is good, and none that is replayed does more."""

import json
import random
from collections.abc import Iterator
from itertools import chain, count, islice
from urllib.parse import quote

import pytest
from django.core import signing
from django.utils.http import urlsafe_base64_encode

from oscar_loyalty.flows import unsubscribed
from oscar_loyalty.models import Consent
from tests import world
from tests.sampling import THOROUGH

pytestmark = [pytest.mark.django_db, pytest.mark.sampled]

TRIES = 100_000 if THOROUGH else 4_000
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:=.~%+ \n\0é"
KINDS = ("thank-you", "check-in", "sign-in-changed", "apology", "marketing", "nonsense")


@pytest.fixture
def members(programme):
    return [world.member(name) for name in ("anna", "ben", "clara")]


@pytest.fixture
def links(members):
    """Every link that was ever sent to these members."""
    kinds = KINDS[:4]
    return [token_of(unsubscribed.link(one.public_id, kind)) for one in members for kind in kinds]


def token_of(link):
    return link.rstrip("/").rpartition("/")[2]


def changed(links, dice) -> Iterator[str]:
    """A sign or a bit of a real one written otherwise, left out, doubled, moved; cut short."""
    while True:
        link = dice.choice(links)
        place = dice.randrange(len(link))
        sign, left, right = link[place], link[:place], link[place + 1 :]
        yield left + chr(ord(sign) ^ 1 << dice.randrange(7)) + right
        yield left + dice.choice(SIGNS) + right
        yield left + sign + dice.choice(SIGNS) + right
        yield left + right
        yield left + sign * 2 + right
        yield left + right[:1] + sign + right[1:]
        yield left
        yield sign + right
        yield left + sign.swapcase() + right


def put_together(links, dice) -> Iterator[str]:
    """The parts of several real ones: what it says of one, its time or signature of another."""
    parts = [link.split(":") for link in links]
    while True:
        yield ":".join(dice.choice(parts)[place] for place in range(3))
        said, moment, signature = dice.choice(parts)
        yield f"{said}:{moment}:{dice.choice(parts)[2]}"
        yield f"{dice.choice(parts)[0]}:{moment}:{signature}"
        yield f"{said}:{signature}:{moment}"
        yield f"{said}:{moment}"
        yield f"{said}:{moment}:"
        yield f"{said}::{signature}"
        yield f".{said}:{moment}:{signature}"


def made_up(links, members, dice) -> Iterator[str]:
    """The right words under no signature, or under that of another key, place or kind."""
    for number in count():
        about = [str(dice.choice(members).public_id), dice.choice(KINDS)]
        said = urlsafe_base64_encode(json.dumps(about).encode())
        moment, signature = dice.choice(links).split(":")[1:]
        yield signing.dumps(about, key=f"key {number}", salt=unsubscribed.SALT)
        yield signing.dumps(about, salt=f"{unsubscribed.SALT}.{number}")
        yield signing.dumps(about, key="sandbox", salt=unsubscribed.SALT, compress=True)
        yield signing.dumps(about, key=" ", salt=unsubscribed.SALT)
        yield signing.TimestampSigner(salt=unsubscribed.SALT, algorithm="sha1").sign(said)
        yield signing.Signer(salt=unsubscribed.SALT).sign(said)
        yield f"{said}:{moment}:{signature}"
        yield said
        yield str(about[0])
        yield dice.randbytes(60).hex()


def forgeries(links, members) -> Iterator[str]:
    """A third of each sort; those that happen to be real ones are left out."""
    dice, real = random.Random(4), set(links)
    sorts = (changed(links, dice), put_together(links, dice), made_up(links, members, dice))
    return (one for one in chain.from_iterable(zip(*sorts, strict=False)) if one not in real)


def test_of_all_that_are_forged_none_is_accepted(members, links):
    tried = 0
    for forged in islice(forgeries(links, members), TRIES):
        assert unsubscribed.subscription_of(forged) is None, forged
        tried += 1
    assert tried == TRIES
    assert all(unsubscribed.subscription_of(link) for link in links)
    assert Consent.objects.count() == 0


def test_nor_by_the_page(client, members, links):
    for forged in islice(forgeries(links, members), 1000 if THOROUGH else 150):
        for ask in (client.get, client.post):
            answer = ask(f"/loyalty/unsubscribe/{quote(forged, safe='', errors='replace')}/")
            assert answer.status_code == 404, forged
    assert Consent.objects.count() == 0


def test_a_real_one_that_is_replayed_does_nothing_more(client, members, links):
    address = f"/loyalty/unsubscribe/{links[0]}/"
    before = list(Consent.objects.values())
    for _look in range(20):
        assert client.get(address, headers={"sec-purpose": "prefetch"}).status_code == 200
        assert client.head(address).status_code == 200
        assert client.options(address).status_code == 200
    assert list(Consent.objects.values()) == before == []
    client.post(address)
    said = list(Consent.objects.values())
    assert [(row["account_id"], row["about"], row["wanted"]) for row in said] == [
        (members[0].pk, "thank-you", False)
    ]
    for _replay in range(50):
        assert client.post(address).status_code == 200
    assert list(Consent.objects.values()) == said


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_do_nothing(client, links, method):
    assert getattr(client, method)(f"/loyalty/unsubscribe/{links[0]}/").status_code == 405
    assert Consent.objects.count() == 0


def test_a_secret_that_is_changed(settings, members, links):
    """Links go on while the former secret is known, and are worth nothing from then on."""
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a newer secret", [former]
    newer = token_of(unsubscribed.link(members[0].public_id, "thank-you"))
    for link in (links[0], newer):
        subscription = unsubscribed.subscription_of(link)
        assert (subscription.account_id, subscription.about) == (members[0].pk, "thank-you")
    forged = islice(forgeries([*links, newer], members), 500)
    assert not any(unsubscribed.subscription_of(one) for one in forged)
    settings.SECRET_KEY_FALLBACKS = []
    assert unsubscribed.subscription_of(newer)
    assert not any(unsubscribed.subscription_of(link) for link in links)
