"""The measures, one page each, down to every benefit."""

from __future__ import annotations

import pytest

from kechuang.policy import load_pack

pytestmark = pytest.mark.django_db
PACK = load_pack("weihai-2023-5")
LANGUAGES = ["zh-hans", "en"]


def test_the_list_holds_every_measure_and_every_benefit_without_a_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        said = client.get("/measures/").content.decode()

    for measure in PACK.measures.values():
        assert f'href="/measures/{measure.key}/"' in said
    for benefit in PACK.benefits:
        assert f'href="/measures/{benefit.measure}/{benefit.key}/"' in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_shows_its_words_and_duties(client, language):
    client.cookies["django_language"] = language

    for measure in PACK.measures.values():
        said = client.get(f"/measures/{measure.key}/").content.decode()
        assert PACK.document.clauses[measure.key].text[:40] in said
        assert said.count("<li><strong>") == len(measure.duties)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_benefit_shows_each_condition_with_its_words(client, language):
    client.cookies["django_language"] = language

    for benefit in PACK.benefits:
        said = client.get(f"/measures/{benefit.measure}/{benefit.key}/").content.decode()
        for condition in benefit.conditions:
            if condition.quote:
                assert condition.quote.text in said


@pytest.mark.parametrize("address", ["/measures/33/", "/measures/9/nothing/", "/measures/x/y/"])
def test_what_the_document_does_not_hold_is_404(client, address):
    assert client.get(address).status_code == 404
