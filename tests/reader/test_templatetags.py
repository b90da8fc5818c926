"""The tags of the house: what they take the place of they do alike."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch
from django.utils.translation import override

from kechuang.reader.templatetags.kechuang import short_sum


@pytest.mark.parametrize(
    ("written", "chinese", "english"),
    [
        ('{% translate "分页" %}', "分页", "Pages"),
        ('{% translate "分页" noop %}', "分页", "分页"),
        ('{% translate "分页" as word %}<{{ word }}>', "<分页>", "<Pages>"),
        ("{% translate said %}", "分页", "Pages"),
        ('{% translate "分页"|upper %}', "分页", "PAGES"),
    ],
)
def test_words_come_in_the_language_of_the_page_each_time(written, chinese, english):
    template = Template("{% load i18n kechuang %}" + written)
    languages = ("zh-hans", "en", "zh-hans", "en")

    found = []
    for language in languages:
        with override(language):
            found.append(template.render(Context({"said": "分页"})))

    assert found == [chinese, english, chinese, english]


@pytest.mark.parametrize(
    "written",
    [
        "{% url 'organisations' %}",
        "{% url 'organisation-profile' number %}",
        "{% url 'organisation-profile' number=number %}",
        "{% url name number %}",
        "{% url 'treasury-batch' text %}",
        "{% url 'nowhere' as found %}<{{ found }}>",
    ],
)
def test_addresses_are_those_of_django(written):
    shown = {"number": 7, "name": "organisation-profile", "text": "a&b'c"}

    ours = Template("{% load i18n kechuang %}" + written)
    djangos = Template(written)

    assert [ours.render(Context(shown)) for _ in range(2)] == [djangos.render(Context(shown))] * 2


def test_an_unknown_page_is_an_error():
    with pytest.raises(NoReverseMatch):
        Template("{% load kechuang %}{% url 'nowhere' %}").render(Context())


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (15_000_000, "15.00"),
        (1_500, "0.0015"),
        (1, "0.000001"),
        (2_333_333, "2.333333"),
        (123_456_700_000, "123,456.70"),
        (-50_000_000, "-50.00"),
        (0, "–"),
        (None, "–"),
    ],
)
def test_a_sum_of_a_table_is_exact_whatever_its_size(fen, shown):
    with override("zh-hans"):
        assert short_sum(fen) == shown
