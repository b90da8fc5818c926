"""The tags of the house: what they take the place of they do alike."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils.translation import override


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
