"""A pack is read whole or refused with every fault at once, each with file, line and column."""

from __future__ import annotations

import shutil
import time
from datetime import date
from pathlib import Path

import pytest
import yaml

from kechuang.policy.encoding.loading import content_hash, load_pack, pack_folder, read_pack, shipped_packs
from kechuang.policy.language.problems import PackError, Place, Problem
from policy.packs_on_disk import change, copied, faults


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


def said(problem):
    """A fault as (file, line, column) and message."""
    place = problem.place
    return (place.file.removeprefix("example-city/"), place.line, place.column), problem.message


# One change of one file each, and the fault that must be named.
ONE_FAULT = yaml.safe_load(Path(__file__).with_name("one_fault.yaml").read_text(encoding="utf-8"))


def spoil(folder, name):
    """Make one of the changes; where the passage stood."""
    fault = ONE_FAULT[name]
    path = folder / fault["file"]
    if "old" in fault:
        return change(folder, fault["file"], fault["old"], fault["new"])
    path.write_text(fault["new"], encoding="utf-8") if "new" in fault else path.unlink()
    return None


@pytest.mark.parametrize("name", ONE_FAULT)
def test_one_fault_is_named_with_its_place(folder, name):
    fault = ONE_FAULT[name]

    place = spoil(folder, name)

    found = [said(problem) for problem in faults(folder)]
    told = [at for at, message in found if fault["says"] in message]
    assert told, found
    if "right" in fault:
        assert (fault["file"], place[0], place[1] + fault["right"]) in told


def test_all_faults_of_a_pack_are_shown_at_once_in_the_order_of_the_files(folder):
    """One of every sort, all over the pack: none hides another."""
    names = [
        "principle that the text does not hold", "document number other than the text's", "aggregate misused",
        "reading of a phrase that does not stand", "row of an unknown code", "amount that is no money",
        "quote not in the clause", "wrong unit", "two values from one date", "title without a language",
        "quote twice in the clause", "unknown option", "unknown code in an expression", "duty without its words",
        "key of the own vocabulary unknown",
    ]  # fmt: skip
    for name in names:
        spoil(folder, name)

    problems = faults(folder)

    messages = "\n".join(problem.message for problem in problems)
    assert [name for name in names if ONE_FAULT[name]["says"] not in messages] == []
    places = [(problem.place.file, problem.place.line, problem.place.column) for problem in problems]
    assert places == sorted(places)
    assert all(line >= 1 and column >= 1 for _, line, column in places)
    for problem in problems:
        lines = (folder.parent / problem.place.file).read_text(encoding="utf-8").splitlines()
        assert problem.place.column <= len(lines[problem.place.line - 1]) + 1


def test_the_error_tells_every_fault_on_its_own_line():
    problems = [Problem(Place("a.yaml", 2, 3, "x.y"), "is wrong"), Problem(Place("b.yaml"), "is empty")]

    error = PackError(problems)

    assert error.problems == tuple(problems)
    assert str(error) == "2 problem(s) in the pack:\na.yaml:2:3 (x.y): is wrong\nb.yaml: is empty"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"# only a note\n", "is empty"),
        (b"measure: \xff\xfe", "is not UTF-8 at byte 9"),
        (b"measure: [1", "is not valid YAML"),
        (b"measure: 'a", "is not valid YAML"),
        (b"\tmeasure: 1", "is not valid YAML"),
        (b"measure: \x07", "is not valid YAML"),
        (b"a: &a [x, x]\nb: [*a, *a]\n", "YAML aliases (*name) are not read; write the value out"),
        (b"a: " + b"[" * 60 + b"]" * 60, "is nested deeper than 40 levels"),
        (b"[" * 100_000, "is nested deeper than 40 levels"),
        (b"{a: " * 100_000, "is nested deeper than 40 levels"),
        (b"? [a, b]\n: c\n", "expected a plain key here, found a mapping or a list"),
        (b"measure: 7\n---\nmeasure: 7\n", "a second document (---) is not read; keep one a file"),
        (b"#" * 2_000_001, "2000001 bytes; at most 2000000 are read. Split the file"),
        (b"a: 1\n" * 1000, "'a' stands twice here; keep one"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_quickly(folder, content, words):
    (folder / "measures/07.yaml").write_bytes(content)
    start = time.perf_counter()

    found = faults(folder)

    assert any(words in problem.message and problem.place.file.endswith("07.yaml") for problem in found), (
        found
    )
    assert time.perf_counter() - start < 5


def test_billions_of_laughs_are_not_laughed(folder):
    lines = ["a0: &a0 lol"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    (folder / "definitions.yaml").write_text("\n".join(lines), encoding="utf-8")

    found = [said(problem) for problem in faults(folder)]

    assert (
        ("definitions.yaml", 2, 10),
        "is not valid YAML: YAML aliases (*name) are not read; write the value out",
    ) in found


@pytest.mark.parametrize(
    "file", ["pack.yaml", "source.txt", "readings.yaml", "definitions.yaml", "vocabulary.yaml"]
)
def test_any_file_may_be_unreadable(folder, file):
    (folder / file).write_bytes(b"\xff\xff")

    found = faults(folder)

    assert f"example-city/{file}: is not UTF-8 at byte 0" in [str(problem) for problem in found]


@pytest.mark.parametrize(
    "file", ["pack.yaml", "measures/01.yaml", "readings.yaml", "definitions.yaml", "vocabulary.yaml"]
)
@pytest.mark.parametrize("content", ["just words", "[a, b]", "{}", "a: {b: {c: d}}", "42"])
def test_a_file_of_another_shape_is_a_fault_and_never_a_crash(folder, file, content):
    (folder / file).write_text(content, encoding="utf-8")

    found = faults(folder)

    assert found or (content == "{}" and file in ("readings.yaml", "definitions.yaml"))
    assert all(isinstance(problem, Problem) for problem in found)


def test_every_cut_of_a_measure_file_is_a_pack_or_a_list_of_faults(folder):
    path = folder / "measures/05.yaml"
    text = path.read_text(encoding="utf-8")
    for end in range(0, len(text), 801):
        path.write_text(text[:end], encoding="utf-8")

        assert all(isinstance(problem, Problem) for problem in faults(folder))


def test_a_pack_is_read_once_for_its_content(folder):
    first = load_pack(folder)

    assert load_pack(folder) is first
    assert load_pack(str(folder)) is first
    change(folder, "measures/02.yaml", "value: 5, quote", "value: 6, quote")
    again = load_pack(folder)
    assert again is not first
    assert again.benefit("2.jobs").parameters["least"].at(date(2026, 6, 1), {}) == 6
    assert first.benefit("2.jobs").parameters["least"].at(date(2026, 6, 1), {}) == 5


def test_the_hash_is_over_every_byte_and_name(folder, tmp_path):
    whole = content_hash(folder)
    copy = Path(shutil.copytree(folder, tmp_path / "other" / "example-city"))
    assert content_hash(copy) == whole == load_pack(folder).hash

    for file in ("pack.yaml", "source.txt", "readings.yaml", "measures/04.yaml"):
        data = (copy / file).read_bytes()
        (copy / file).write_bytes(data + b"\n")
        assert content_hash(copy) != whole
        (copy / file).write_bytes(data)
    assert content_hash(copy) == whole
    (copy / "measures/04.yaml").rename(copy / "measures/four.yaml")
    assert content_hash(copy) != whole


def test_a_pack_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no pack 'atlantis': expected one of example-city, weihai-2023-5"
    ):
        pack_folder("atlantis")
    with pytest.raises(FileNotFoundError):
        load_pack(tmp_path)
    assert set(shipped_packs()) == {"example-city", "weihai-2023-5"}


def test_a_pack_keeps_the_places_of_what_it_read(folder):
    pack = load_pack(folder)
    benefit = pack.benefit("3.intensity")

    assert str(benefit.place).startswith("example-city/measures/03.yaml:6:5 (benefits.intensity")
    assert benefit.conditions[0].place.line == 19
    assert pack.readings["E-5"].place.path == "E-5"


def test_an_unknown_benefit_reading_or_option_is_named(folder):
    pack = load_pack(folder)

    with pytest.raises(KeyError, match=r"no benefit '9.x' in pack example-city; there are: 1.growth"):
        pack.benefit("9.x")
    with pytest.raises(ValueError, match=r"no reading 'I-1'; there are: E-5"):
        pack.chosen_readings({"I-1": "x"})
    with pytest.raises(
        ValueError, match=r"reading E-5 has no option 'x'; it has: without-licences, with-licences"
    ):
        pack.chosen_readings({"E-5": "x"})


def test_a_benefit_may_live_shorter_than_its_document_and_never_longer(folder):
    change(
        folder,
        "measures/03.yaml",
        "    evidence:\n",
        "    valid: {from: 2027-01-01, to: 2030-01-01}\n    evidence:\n",
    )

    assert load_pack(folder).benefit("3.intensity").valid == (date(2027, 1, 1), date(2029, 2, 28))


def test_implementing_rules_with_unknown_dates_keep_them_unknown(folder):
    change(
        folder,
        "pack.yaml",
        "rounding:\n",
        "implementing_rules:\n  - number: 示科字〔2026〕1号\n    title: {zh: 细则, en: rules}\n"
        "    refines: [3.intensity]\n    valid_from: 2026-05-01\n    steps: [{zh: 申请, en: apply}]\n"
        "    not_known: {zh: 有效期, en: its end}\nrounding:\n",
    )

    rule = load_pack(folder).rules[0]

    assert (rule.valid_from, rule.valid_to) == (date(2026, 5, 1), None)
    assert (rule.refines, rule.steps[0].en, rule.not_known.en) == (("3.intensity",), "apply", "its end")


def test_a_pack_with_faults_is_read_as_far_as_it_goes(tmp_path):
    folder = copied(tmp_path)
    change(folder, "measures/03.yaml", "measure: 3", "measure: 3\nnonsense: yes")
    (folder / "measures/05.yaml").write_text("measure: 5\nbenefits: {", encoding="utf-8")

    pack, problems = read_pack(folder)

    assert list(pack.measures) == ["1", "2", "3", "4", "6", "7"]
    assert [problem.place.file.rpartition("/")[2] for problem in problems] == [
        "measures",
        "03.yaml",
        "05.yaml",
    ]


def test_a_folder_without_a_head_gives_no_pack_but_says_so(tmp_path):
    pack, problems = read_pack(tmp_path)

    assert pack is None
    assert "cannot be read" in problems[0].message
