"""YAML with places: every value knows where it stands, and whatever does not fit is noted there."""

from __future__ import annotations

import pytest
import yaml

from kechuang.policy.language import sections
from kechuang.policy.language.problems import Place, Problems
from kechuang.policy.language.sections import read_section, walk_files


@pytest.fixture
def read(tmp_path):
    """Reads a text as file.yaml: the section, and the list into which faults are noted."""

    def run(text):
        problems = Problems()
        (tmp_path / "file.yaml").write_text(text, encoding="utf-8")
        return read_section(tmp_path / "file.yaml", tmp_path, problems), problems

    return run


def told(problems):
    return [str(problem) for problem in problems.found]


def test_places_are_lines_columns_and_key_paths_from_one(read):
    section, _ = read("a: {x: 1, y: [2, '三', \"four\"]}\n企业:\n  b:\n    - c: 5\n")

    assert section.place == Place("file.yaml", 1, 1)
    assert section.get("a").get("x").place == Place("file.yaml", 1, 8, "a.x")
    items = section.get("a").get("y").items()
    assert [item.place for item in items] == [
        Place("file.yaml", 1, 15, "a.y[0]"),
        Place("file.yaml", 1, 19, "a.y[1]"),
        Place("file.yaml", 1, 24, "a.y[2]"),
    ]
    deep = section.get("企业").get("b").items()[0].get("c")
    assert str(deep.place) == "file.yaml:4:10 (企业.b[0].c)"


def test_scalars_stay_as_written(read):
    section, _ = read(
        "a: 010\nb: 1e3\nc: yes\nd: 2024-06-20\ne: ~\nf:\ng: 0x1F\nh: !!python/object:os.system x\n"
    )

    found = {key: entry.scalar() for key, entry in section.mapping().items()}

    assert found == {
        "a": "010",
        "b": "1e3",
        "c": "yes",
        "d": "2024-06-20",
        "e": "~",
        "f": "",
        "g": "0x1F",
        "h": "x",
    }


def test_what_is_missing_or_unknown_is_noted_at_the_place(read):
    section, problems = read("a: 1\nb: 2\n")

    assert section.need("c") is None
    section.only({"a", "z"})
    assert told(problems) == [
        "file.yaml:1:1: 'c' is missing here: add it",
        "file.yaml:2:4 (b): unknown key 'b'; expected one of: a, z",
    ]


def test_a_value_of_another_shape_is_noted_and_read_as_empty(read):
    section, problems = read("list: [1]\nmap: {a: 1}\nword: x\nnothing:\n")

    assert section.get("list").mapping() == {}
    assert section.get("map").items() == []
    assert section.get("word").mapping() == {}
    assert section.get("word").items() == []
    assert section.text("list") == ""
    assert section.get("nothing").mapping() == {}
    assert section.get("nothing").items() == []
    assert told(problems) == [
        "file.yaml:1:7 (list): expected a mapping (key: value), found a list",
        "file.yaml:2:6 (map): expected a list, found a mapping",
        "file.yaml:3:7 (word): expected a mapping (key: value), found 'x'",
        "file.yaml:3:7 (word): expected a list, found 'x'",
        "file.yaml:1:7 (list): expected one value here, found a mapping or a list",
    ]


def test_texts_and_defaults(read):
    section, problems = read("a: [x, y]\nb: z\n")

    assert section.texts("a") == ("x", "y")
    assert section.texts("missing") == ()
    assert section.text("missing", "other") == "other"
    assert section.has("a")
    assert not section.has("missing")
    assert not section.get("b").has("a")
    assert section.get("b").get("a") is None
    assert problems.found == []


def test_a_key_that_stands_twice_is_noted(read):
    section, problems = read("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")

    assert section.text("a") == "3"
    assert told(problems) == [
        "file.yaml:4:3 (b): 'c' stands twice here; keep one",
        "file.yaml:5:1: 'a' stands twice here; keep one",
    ]


def test_a_file_that_is_not_there_is_noted(tmp_path):
    problems = Problems()

    assert read_section(tmp_path / "none.yaml", tmp_path, problems) is None
    assert told(problems) == ["none.yaml: cannot be read: No such file or directory"]


def test_a_file_outside_the_folder_is_told_by_its_name(tmp_path):
    (tmp_path / "file.yaml").write_text("a: 1", encoding="utf-8")

    section = read_section(tmp_path / "file.yaml", tmp_path / "elsewhere", Problems())

    assert section.place.file == "file.yaml"


def test_faults_without_a_mark_are_noted_for_the_file(read):
    section, problems = read("a: \x07\n")

    assert section is None
    assert told(problems)[0].startswith("file.yaml: is not valid YAML: ")


def test_without_the_fast_reader_the_plain_one_says_the_same(read, monkeypatch):
    monkeypatch.setattr(sections, "_Loader", yaml.SafeLoader)
    section, problems = read("a: {x: 1}\nb: ['二']\n")

    assert section.get("b").items()[0].place == Place("file.yaml", 2, 6, "b[0]")
    assert problems.found == []
    assert read("a: &x [1]\nb: *x\n")[0] is None
    assert read("[" * 100)[0] is None


def test_files_come_in_the_order_of_their_names(tmp_path):
    for name in ("b.yaml", "a.yaml", "c.txt"):
        (tmp_path / name).touch()

    assert [path.name for path in walk_files(tmp_path, "*.yaml")] == ["a.yaml", "b.yaml"]


def test_a_place_can_be_shifted_along_its_line():
    assert Place("f", 3, 4, "p").shifted(5) == Place("f", 3, 9, "p")
    assert str(Place("f")) == "f"
    assert str(Place("f", 1, 2)) == "f:1:2"
