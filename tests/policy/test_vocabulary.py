"""The vocabulary: the facts there are, each with its type, both titles and its register."""

from __future__ import annotations

import pytest

from kechuang.policy.language import vocabulary as module
from kechuang.policy.language.problems import PackError
from kechuang.policy.language.values import PLAIN_TYPES, code_list, is_code
from kechuang.policy.language.vocabulary import SUBJECT, YEARS, load_vocabulary

SHARED = load_vocabulary()


def test_every_field_has_a_type_and_both_titles():
    for kind in SHARED.records.values():
        assert kind.title.zh
        assert kind.title.en
        assert kind.one.isidentifier()
        for field in kind.fields.values():
            assert field.title.zh, f"{kind.name}.{field.name}"
            assert field.title.en, f"{kind.name}.{field.name}"
            assert field.type in PLAIN_TYPES or code_list(field.type) in SHARED.codes


def test_every_code_has_both_titles_and_none_stands_for_two():
    for name, members in SHARED.codes.items():
        for language in ("zh", "en"):
            titles = [words.pick(language) for words in members.values()]
            assert all(titles), name
            assert len(set(titles)) == len(titles), (
                f"{name}: two codes have one title, so a workbook cannot tell them"
            )


def test_the_subject_comes_first_and_the_lists_in_order_of_their_names():
    assert next(iter(SHARED.records)) == SUBJECT
    names = [kind.name for kind in SHARED.related]
    assert names == sorted(names)
    assert YEARS in names
    assert SHARED.records[YEARS].key == ("year",)


def test_no_two_lists_are_named_by_one_word():
    words = [kind.one for kind in SHARED.related]

    assert len(set(words)) == len(words)


def test_titles_within_a_record_differ():
    for kind in SHARED.records.values():
        titles = [field.title.zh for field in kind.fields.values()]
        assert len(set(titles)) == len(titles), kind.name


def test_subject_kinds_levels_and_grades_are_codes():
    assert SHARED.subject.fields["kind"].type == "code:subject_kind"
    assert is_code(SHARED.subject.fields["size"].type)
    assert {"subject_kind", "level", "grade", "size"} <= set(SHARED.codes)


def test_it_is_read_once_and_a_pack_adds_its_own(tmp_path):
    own = tmp_path / "vocabulary.yaml"
    own.write_text(
        "record: ships\ntitle: {zh: 船, en: ships}\nfields: {n: {type: number, title: {zh: 数, en: n}}}\n",
        encoding="utf-8",
    )

    extended = load_vocabulary(own)

    assert load_vocabulary() is SHARED
    assert extended.records["ships"].one == "ships"
    assert set(extended.records) == {*SHARED.records, "ships"}
    assert "ships" not in SHARED.records


def test_a_faulty_vocabulary_is_refused_with_its_faults(tmp_path):
    own = tmp_path / "vocabulary.yaml"
    own.write_text(
        "record: 2 ships\ntitle: ships\ncolour: red\nkey: [m]\ncodes: {flag: {red: {zh: 红}}}\n"
        "fields: {n: {type: numbr, size: 3}, m: {type: flag, title: {zh: 旗, en: flag}}}\n",
        encoding="utf-8",
    )

    with pytest.raises(PackError) as error:
        load_vocabulary(own)

    messages = [problem.message for problem in error.value.problems]
    assert any("'record: 2 ships' must be a plain name" in message for message in messages)
    assert any("unknown key 'colour'" in message for message in messages)
    assert any(
        "unknown key 'size'; expected one of: ask, change, done_on, help, note, source, title, type"
        in message
        for message in messages
    )
    assert any("type 'numbr' is unknown; expected one of: money" in message for message in messages)
    assert any("the en text is missing" in message for message in messages)
    assert any("'title' is missing: give {zh: …, en: …}" in message for message in messages)


def test_without_a_subject_there_is_no_vocabulary(tmp_path, monkeypatch):
    (tmp_path / "vocabulary").mkdir()
    monkeypatch.setattr(module, "packs_folder", lambda: tmp_path)
    load_vocabulary.cache_clear()

    with pytest.raises(PackError, match="vocabulary: no record kind 'subject' is defined"):
        load_vocabulary()

    load_vocabulary.cache_clear()


def test_what_an_interview_needs_must_point_at_the_right_fields(tmp_path):
    own = tmp_path / "vocabulary.yaml"
    own.write_text(
        "record: ships\ntitle: {zh: 船, en: ships}\nby: sails\nfields:\n"
        "  sails: {type: number, title: {zh: 帆, en: sails}}\n"
        "  afloat: {type: boolean, title: {zh: 在航, en: afloat}, done_on: sails}\n",
        encoding="utf-8",
    )

    with pytest.raises(PackError) as error:
        load_vocabulary(own)

    messages = [problem.message for problem in error.value.problems]
    assert any(
        "'by: sails' must name a field of this record that is a code" in message for message in messages
    )
    assert any(
        "'afloat.done_on: sails' must lead from a yes-or-no field to a date" in message
        for message in messages
    )


def test_words_for_an_interview_come_in_both_languages():
    contracts = SHARED.records["contracts"]

    assert contracts.ask.zh.endswith("？")
    assert contracts.fields["filed"].done_on == "filed_on"
    assert contracts.fields["filed"].change.en == "file the contract"
    assert SHARED.records["statuses"].single
    assert SHARED.records["landings"].by == "channel"
