"""What is said of a draft: counts for every measure, and everything about one file."""

from __future__ import annotations

import json

import pytest

from kechuang.drafting.checking import check, look
from kechuang.drafting.differences import of_lines, of_versions
from kechuang.drafting.files import shipped_files
from kechuang.policy.encoding.loading import pack_folder

PACK = "example-city"
ONE = "measures/01.yaml"


@pytest.fixture
def files():
    return shipped_files(pack_folder(PACK))


def changed(files, name, old, new):
    assert old in files[name]
    return {**files, name: files[name].replace(old, new, 1)}


def looked(files, name=ONE):
    return look(files, PACK, name, "zh", "2026-06-01")


def test_a_finished_pack_has_nothing_wrong_and_every_example_passes(files):
    found = check(files, PACK)

    assert (found["faults"], found["open"], found["failed"], found["few"]) == (0, 0, 0, 0)
    assert found["passed"] > 20
    assert [clause["key"] for clause in found["document"]["clauses"]] == list(found["keys"])
    assert json.loads(json.dumps(found)) == found


def test_a_check_of_one_file_is_that_of_the_whole(files):
    before = check(files, PACK)
    worse = changed(files, ONE, "examples:", "exampels:")

    assert check(files, PACK, ONE, before) == before
    assert check(worse, PACK, ONE, before) == check(worse, PACK)
    assert check(worse, PACK)["measures"][ONE]["faults"] >= 1


def test_a_file_that_goes_is_an_absent_measure(files):
    rest = {name: text for name, text in files.items() if name != ONE}

    found = check(rest, PACK)

    assert found["absent"] == ["1"]
    assert found["faults"] == 1


def test_a_shared_file_with_faults_is_named(files):
    assert check({**files, "readings.yaml": "X-1: [}"}, PACK)["shared"]["readings.yaml"] >= 1
    assert check({**files, "pack.yaml": "{"}, PACK)["document"] is None
    assert looked({**files, "pack.yaml": "{"})["elsewhere"] == {"pack.yaml": 1}


def test_a_wrong_number_is_told_where_it_stands(files):
    line = next(n for n, text in enumerate(files[ONE].splitlines(), 1) if "value: " in text)
    value = files[ONE].splitlines()[line - 1].partition("value: ")[2].partition(",")[0]

    found = looked(changed(files, ONE, f"value: {value}", "value: 77%" if "%" in value else "value: 77万元"))

    assert [fault["line"] for fault in found["faults"]] == [line]
    assert found["faults"][0]["message"].startswith("the text says")
    assert f"{PACK}/" not in found["faults"][0]["message"]
    assert "error" in {token["state"] for token in found["clause"]["tokens"]}


def test_a_broken_file_still_shows_its_clause(files):
    found = looked({**files, ONE: files[ONE] + "\n  {"})

    assert found["faults"][0]["line"] > 0
    assert found["clause"]["key"] == "1"
    assert {token["state"] for token in found["clause"]["tokens"]} == {"open"}


def test_a_measure_is_told_in_sentences_with_lines_and_examples_with_results(files):
    found = looked(files)

    lines = files[ONE].splitlines()
    for told in found["told"]:
        assert told["amount"]
        assert told["id"].rpartition(".")[2] in lines[told["line"] - 2]
        for one in told["conditions"]:
            assert one["sentence"]
            assert one["quote"] in "".join(lines[one["line"] - 2 : one["line"]]).replace(" ", "")
    assert all(
        not one["differences"] and one["found"]["outcome"] == one["expected"]["outcome"]
        for one in found["examples"]
    )


def test_examples_that_are_missing_are_told_apart_from_faults(files):
    head, _, _ = files[ONE].partition("    examples:")

    found = looked({**files, ONE: head})

    assert found["faults"] == []
    assert len(found["few"]) == 3


def test_lines_are_compared_with_their_changed_words():
    before = "\n".join(f"line {n}" for n in range(30))
    after = before.replace("line 20", "line twenty").replace("line 3\n", "")

    rows = of_lines(before, after)

    assert [row["kind"] for row in rows if row["kind"] not in ("kept", "skipped")] == ["deleted", "changed"]
    change = next(row for row in rows if row["kind"] == "changed")
    assert (change["old"], change["new"]) == (21, 20)
    assert ["deleted", "20"] in change["left"]
    assert ["inserted", "twenty"] in change["right"]
    assert of_lines(before, before) == []


def test_versions_are_compared_by_the_words_of_the_law_and_the_lines_of_its_files(files):
    source = files["source.txt"]
    figure = "15%"
    assert figure in source
    after = {**files, "source.txt": source.replace(figure, "77%", 1), "vocabulary.yaml": ""}
    del after["readings.yaml"]

    found = of_versions(files, after)

    assert [file["name"] for file in found["files"]] == ["source.txt", "readings.yaml", "vocabulary.yaml"]
    assert [file["state"] for file in found["files"]] == ["changed", "removed", "changed"]
    assert found["law"][0]["figures"] == [[figure, "77%"]]


def test_a_first_version_has_all_its_files_added(files):
    assert {file["state"] for file in of_versions({}, {ONE: files[ONE]})["files"]} == {"added"}
