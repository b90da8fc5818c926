"""Two packs side by side: what went, what came, which parameters changed."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kechuang.policy import load_pack
from kechuang.reader.comparing import compared
from policy.packs_on_disk import change, copied

pytestmark = pytest.mark.django_db


@pytest.fixture
def next_year(tmp_path):
    """The example city with a measure changed in text and encoding: 15% becomes 20%, 500万元 becomes 600万元."""
    folder = copied(tmp_path)
    change(folder, "source.txt", "均比上一年度增长15%（含）以上", "均比上一年度增长20%（含）以上")
    change(folder, "source.txt", "且最近年度营业收入超过500万元", "且最近年度营业收入超过600万元")
    path = folder / "measures/01.yaml"
    text = path.read_text(encoding="utf-8").replace("15%", "20%").replace("500万元", "600万元")
    path.write_text(text, encoding="utf-8")
    return load_pack(folder)


def test_changed_parameters_are_listed_before_and_after(next_year):
    found = compared(load_pack("example-city"), next_year, "zh")

    assert [(one.benefit.id, one.before, one.after) for one in found.parameters] == [
        ("1.growth", "15%", "20%"),
        ("1.growth", "500 万元", "600 万元"),
    ]
    assert found.changed == 1


def test_changed_words_are_marked_on_the_side_that_has_them(next_year):
    row = next(one for one in compared(load_pack("example-city"), next_year, "zh").rows if one.row.changed)

    assert "增长<del>15%</del>（含）以上" in row.before
    assert "增长<ins>20%</ins>（含）以上" in row.after
    assert "<ins>" not in row.before
    assert "<del>" not in row.after
    for side, pack in ((row.before, load_pack("example-city")), (row.after, next_year)):
        assert unescape(re.sub("<[^>]*>", "", side)) == pack.document.clauses["1"].text


def test_a_benefit_that_changed_its_key_is_known_by_its_title(tmp_path):
    folder = copied(tmp_path)
    change(folder, "measures/02.yaml", "  jobs:\n", "  new_jobs:\n")
    renamed = load_pack(folder)

    assert compared(load_pack("example-city"), renamed, "zh").parameters == []


def test_the_page_lists_what_differs_and_all_when_asked(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        said = client.get("/policy/compare/?a=weihai-2023-5&b=example-city").content.decode()

    assert "之前" in said
    assert said.count('<section class="side-row') == 62
    assert "<del>1,000 万元</del>" in said
    assert 'value="example-city" selected' in said


def test_a_pack_beside_itself_is_said_to_be_the_same(client):
    said = client.get("/policy/compare/?a=example-city&b=example-city").content.decode()

    assert "两边是同一个政策包" in said


def test_the_page_speaks_english(client):
    client.cookies["django_language"] = "en"

    said = client.get("/policy/compare/").content.decode()

    assert "Versions side by side" in said
    assert "Measures are matched by their words" in said
