"""Texts that staff write: what is filled in, and what is let through to nobody."""

import pytest
from django.utils.html import escape
from django.utils.safestring import SafeString

from oscar_loyalty.errors import InvalidText
from oscar_loyalty.program.messages.policy import KINDS
from oscar_loyalty.words import fill_in
from oscar_loyalty.words.letters import TEXTS

VALUES = {"name": "Ann", "points": "", "account_url": "https://shop.example/?a=1&b=2"}

REFUSED = [
    "{{ user.password }}",
    "{{ name.__class__ }}",
    "{{ name.upper }}",
    "{{ name|upper }}",
    '{{ name|ljust:"200000000" }}',
    '{{ "x"|ljust:"200000000" }}',
    "{{ settings.SECRET_KEY }}",
    "{{ request }}",
    "{{ user }}",
    "{{ block.super }}",
    "{{ forloop.counter }}",
    "{{ name.0 }}",
    "{{ 5 }}",
    '{{ "text" }}',
    "{{ }}",
    "{{ name name }}",
    "{{ _name }}",
    '{% include "admin/base.html" %}',
    '{% extends "oscar/layout.html" %}',
    "{% load i18n %}",
    "{% debug %}",
    "{% csrf_token %}",
    "{% now 'Y' %}",
    "{% autoescape off %}{{ name }}{% endautoescape %}",
    "{% filter upper %}x{% endfilter %}",
    "{% for letter in name %}x{% endfor %}",
    "{% with x=name %}{{ x }}{% endwith %}",
    "{% url 'home' %}",
    "{% static 'x' %}",
    "{% block x %}{% endblock %}",
    "{% cycle 'a' 'b' %}",
    "{% firstof name points %}",
    "{% lorem 100000 w %}",
    "{% spaceless %}x{% endspaceless %}",
    "{% verbatim %}{{ user.password }}{% endverbatim %}",
    "{% comment %}x{% endcomment %}",
    "{% if name == 'Ann' %}x{% endif %}",
    "{% if name|length %}x{% endif %}",
    "{% if name and points %}x{% endif %}",
    "{% if user.is_staff %}x{% endif %}",
    "{% if 1 %}x{% endif %}",
    "{% if %}x{% endif %}",
    "{% ifchanged %}x{% endifchanged %}",
    "{% regroup name by x as y %}",
    "{% templatetag openvariable %}",
    "{% trans 'x' %}",
    "{% if name %}x",
    "x{% endif %}",
    "{% else %}",
    "{% elif name %}x{% endif %}",
    "{% if name %}x{% else %}y{% else %}z{% endif %}",
    "{% if name %}" * 60 + "{% endif %}" * 60,
    "x" * 20_001,
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_reach_anything_is_refused(text):
    with pytest.raises(InvalidText) as refused:
        fill_in.check(text, VALUES)
    assert str(refused.value)
    for way in (fill_in.as_text, fill_in.as_html, fill_in.as_line):
        with pytest.raises(InvalidText):
            way(text, VALUES)


def test_the_refusal_names_what_there_is():
    with pytest.raises(InvalidText, match=r"nothing called “nam”.*account_url, name, points"):
        fill_in.check("Dear {{ nam }}", VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear {{ name }}!", "Dear Ann!"),
        ("Dear {{name}}!", "Dear Ann!"),
        ("{% if name %}Dear {{ name }}{% else %}Hello{% endif %}", "Dear Ann"),
        ("{% if points %}{{ points }} points{% else %}none{% endif %}", "none"),
        ("{% if not points %}none{% endif %}", "none"),
        ("{% if points %}a{% elif name %}b{% endif %}", "b"),
        ("{# not for readers #}x", "x"),
        ("50 % of {these} and {{ name }}", "50 % of {these} and Ann"),
        ("{% if name %}" * 50 + "x" + "{% endif %}" * 50, "x"),
    ],
)
def test_what_is_filled_in(text, expected):
    assert fill_in.as_text(text, VALUES) == expected
    plain = fill_in.as_html(text, VALUES).replace("<bdi>", "").replace("</bdi>", "")
    assert plain == expected


def test_lines_end_in_one_way_however_a_browser_ends_them():
    assert fill_in.as_text("a\r\n\r\n{{ name }}", VALUES) == "a\n\nAnn"


def test_a_name_is_no_html_and_no_template():
    values = {"name": "<script>alert(1)</script>{{ user.password }}"}
    assert fill_in.as_html("<p>{{ name }}</p>", values) == (
        "<p><bdi>&lt;script&gt;alert(1)&lt;/script&gt;{{ user.password }}</bdi></p>"
    )
    assert fill_in.as_text("{{ name }}", values) == "<script>alert(1)</script>{{ user.password }}"


def test_a_subject_is_one_line_without_a_header_in_it():
    values = {"name": "Ann\r\nBcc: all@example.com\x00\x1b"}
    assert fill_in.as_line("Hello\n {{ name }} ", values) == "Hello Ann Bcc: all@example.com"


def test_what_is_html_already_is_text_in_a_plain_message():
    values = {"name": SafeString("<bdi>Ann &amp; Co</bdi>")}
    assert fill_in.as_text("{{ name }}", values) == "Ann & Co"
    assert fill_in.as_html("{{ name }}", values) == "<bdi><bdi>Ann &amp; Co</bdi></bdi>"


def test_an_address_becomes_a_link_once():
    shown = "https://shop.example/?a=1&amp;b=2"
    link = f'<a href="{shown}"><bdi>{shown}</bdi></a>'
    assert fill_in.as_html("<p>{{ account_url }}</p>", VALUES) == f"<p>{link}</p>"
    own = '<a href="{{ account_url }}">here</a>'
    assert fill_in.as_html(own, VALUES) == f'<a href="{shown}">here</a>'
    named = '<a href="/{{ name }}" title="To {{ account_url }}">{{ account_url }}</a>'
    assert fill_in.as_html(named, VALUES) == (
        f'<a href="/Ann" title="To {shown}"><bdi>{shown}</bdi></a>'
    )


def test_a_name_does_not_turn_what_follows():
    values = {"name": "A\u202enn\u2066"}
    assert fill_in.as_text("{{ name }}!", values) == "Ann!"
    assert fill_in.as_html("{{ name }}!", values) == "<bdi>Ann</bdi>!"


def test_a_paragraph_without_anything_to_say_is_left_out():
    text = "<p>{% if points %}{{ points }}{% endif %}</p>\n<p>Yours</p>"
    assert fill_in.as_html(text, VALUES) == "<p>Yours</p>"


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_texts_can_be_filled_in(kind):
    text = TEXTS[kind]
    for part in (str(text.subject), text.as_text(), text.as_html()):
        fill_in.check(part, text.blanks)
    assert len(str(text.subject)) <= 255
    full = dict.fromkeys(text.blanks, "x")
    assert "{" not in fill_in.as_text(text.as_text(), full)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dear {{ name }},\n\nyours", "<p>Dear <bdi>Ann</bdi>,</p>\n\n<p>yours</p>"),
        ("one\r\ntwo", "<p>one<br>two</p>"),
        ("<b>{{ name }}</b> & Co", "<p>&lt;b&gt;<bdi>Ann</bdi>&lt;/b&gt; &amp; Co</p>"),
        ("{% if tier %}first\n\nlast{% endif %}\n\nmore", "<p>more</p>"),
        ("{% if name %}first\n\nlast{% else %}no{% endif %}", "<p>first</p>\n\n<p>last</p>"),
        ("{% if tier %}first\n\nlast{% else %}no{% endif %}", "<p>no</p>"),
    ],
)
def test_a_plain_text_is_shown_as_it_is(text, shown):
    values = {"name": "Ann", "tier": ""}
    assert fill_in.as_paragraphs(text, values) == shown


def test_a_plain_text_links_our_addresses_and_has_room_for_as_much():
    url = VALUES["account_url"]
    link = f'<p><a href="{escape(url)}"><bdi>{escape(url)}</bdi></a></p>'
    assert fill_in.as_paragraphs("{{ account_url }}", VALUES) == link
    assert fill_in.as_paragraphs("<" * fill_in.LONGEST, VALUES).count("&lt;") == fill_in.LONGEST
    with pytest.raises(InvalidText):
        fill_in.as_paragraphs("{{ user.password }}", VALUES)
