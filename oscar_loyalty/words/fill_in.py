"""
Texts that staff write, with blanks for a member's name, points and the like.

The language is a small part of Django's: `{{ name }}`, and `{% if name %}` with `not`, `elif` and
`else`. Nothing else is let through, so no text can reach an object, load a file or eat memory.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

from django.template import Context, Engine, TemplateSyntaxError
from django.template.base import Lexer, Template, TokenType
from django.utils.html import linebreaks, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidText

#: Characters of a text that staff write, before it is filled in; and how many conditions it has.
LONGEST = 20_000
MOST_CONDITIONS = 50

_BLANK = re.compile(r"[a-z][a-z0-9_]*")
_CONDITION = re.compile(r"(?:el)?if (?:not )?([a-z][a-z0-9_]*)")
_VALUE = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_TAG = re.compile(r"(<[^>]*>)")
_LINK = re.compile(r"<(/?)a\b", re.IGNORECASE)
#: Signs that turn all that follows, until they are ended.
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>')
_HOLE = re.compile(r"<p[^>]*>(?:\s|&nbsp;|<bdi></bdi>)*</p>\s*")
_BRANCHES = ("else", "endif")


def check(text: str, names: Collection[str]) -> None:
    """
    See that the text can be filled in with values of these names.

    :raises InvalidText: if it cannot; the sentence names what is wrong.
    """
    if len(text) > LONGEST:
        raise InvalidText(
            _("The text is longer than %(limit)s characters.") % {"limit": f"{LONGEST:,}"}
        )
    tokens = Lexer(text).tokenize()
    for token in tokens:
        _check_token(token.token_type, token.contents, names)
    if sum(token.token_type == TokenType.BLOCK for token in tokens) > 2 * MOST_CONDITIONS:
        raise InvalidText(_("The text has too many conditions."))
    _compiled(text)


def as_text(text: str, values: Mapping[str, str]) -> str:
    """
    The text filled in for a plain message.

    :raises InvalidText: if it asks for what is none of the values.
    """
    check(text, values)
    plain = {name: _plain(value) for name, value in values.items()}
    # A browser ends lines in its own way.
    lines = text.replace("\r\n", "\n")
    return str(_compiled(lines).render(Context(plain, autoescape=False)))


def as_line(text: str, values: Mapping[str, str]) -> str:
    """The same as one line, for a subject."""
    return " ".join(as_text(text, values).split())


def as_html(text: str, values: Mapping[str, str]) -> SafeString:
    """
    The same for HTML: what stands between the blanks is HTML, what is put in is text.

    An address becomes a link, all else is kept from turning the words around it, and a paragraph
    that is empty for want of what it tells is left out.
    """
    check(text, values)
    return _rendered(text, values)


def as_paragraphs(text: str, values: Mapping[str, str]) -> SafeString:
    """
    A plain text for HTML, in which every sign that stands between the blanks is text, too.

    :raises InvalidText: if it asks for what is none of the values.
    """
    check(text, values)
    return _rendered(linebreaks(text, autoescape=True), values)


def _rendered(markup: str, values: Mapping[str, str]) -> SafeString:
    cleaned = {name: _cleaned(value) for name, value in values.items()}
    return SafeString(_HOLE.sub("", _compiled(_marked_up(markup)).render(Context(cleaned))))


def _marked_up(text: str) -> str:
    """The HTML with its blanks isolated, and addresses made links; what is in a tag stays."""
    parts, linked = [], False
    for part in _TAG.split(text):
        if part.startswith("<"):
            link = _LINK.match(part)
            linked = not link[1] if link else linked
            parts.append(part)
        else:
            parts.append(_VALUE.sub(_isolated if linked else _linked, part))
    return "".join(parts)


def _isolated(blank: re.Match[str]) -> str:
    return f"<bdi>{{{{ {blank[1]} }}}}</bdi>"


def _linked(blank: re.Match[str]) -> str:
    if not blank[1].endswith("_url"):
        return _isolated(blank)
    return f'<a href="{{{{ {blank[1]} }}}}">{_isolated(blank)}</a>'


def _check_token(kind: TokenType, contents: str, names: Collection[str]) -> None:
    if kind in (TokenType.TEXT, TokenType.COMMENT):
        return
    words = " ".join(contents.split())
    if kind == TokenType.BLOCK and words in _BRANCHES:
        return
    pattern = _BLANK if kind == TokenType.VAR else _CONDITION
    found = pattern.fullmatch(words)
    name = found and (found[1] if pattern.groups else found[0])
    if name is None:
        raise InvalidText(
            _("“%(part)s” cannot be used here. What can be filled in: %(names)s.")
            % {"part": words[:60], "names": ", ".join(sorted(names))}
        )
    if name not in names:
        raise InvalidText(
            _("There is nothing called “%(name)s”. What can be filled in: %(names)s.")
            % {"name": name[:60], "names": ", ".join(sorted(names))}
        )


@cache
def _engine() -> Engine:
    return Engine(dirs=[], loaders=[], libraries={})


def _compiled(text: str) -> Template:
    try:
        return Template(text, engine=_engine())
    except TemplateSyntaxError as error:
        raise InvalidText(
            _("The conditions do not fit together: each “if” needs its “endif”.")
        ) from error


def _plain(value: str) -> str:
    """Of what is HTML already, its words, each with the address that it leads to."""
    if isinstance(value, SafeString):
        value = html.unescape(strip_tags(_ANCHOR.sub(r"\2: \1", value)))
    return _cleaned(value)


def _cleaned(value: str) -> str:
    """Without signs that nobody sees, which may split a header or turn the words around them."""
    if isinstance(value, SafeString):
        return value
    return "".join(sign for sign in value if sign == "\n" or not _is_unseen(sign))


def _is_unseen(sign: str) -> bool:
    """Marks that only say which way the sign beside them runs are left: money has such."""
    return unicodedata.category(sign) == "Cc" or sign in _TURNING
