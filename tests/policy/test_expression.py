"""What the language refuses, and how it says so: the right column, what was found, what was expected, nothing run."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kechuang.policy.language.expression import MAX_LENGTH
from kechuang.policy.language.problems import Problem
from kechuang.policy.language.tree import Node
from policy.packs_on_disk import language_pack, read, scope_of

# Text with ^ before the sign at fault, and words that the message holds.
WRONG_TYPES = [
    ("^this_year.sales + 10%", "money + rate has no meaning"),
    ("^this_year.sales + 1", "money + number has no meaning"),
    ("^1 - this_year.sales", "number - money has no meaning"),
    ("^this_year.sales * last_year.sales", "money * money has no meaning"),
    ("^on + 1", "date + number has no meaning"),
    ("^on - registered_on", "date - date has no meaning"),
    ("^name + name", "text + text has no meaning"),
    ("^this_year.above_scale * 2", "boolean * number has no meaning"),
    ("100万元 + (^this_year.sales * on)", "money * date has no meaning"),
    ("^by_level * 2", "table:money:level * number has no meaning"),
    ("^this_year.sales / last_year.sales", "the divisor must be a constant; compare products instead"),
    ("^this_year.sales / 0", "division by zero"),
    ("^this_year.sales / 0%", "division by zero"),
    ("^3 / 2元", "number / money has no meaning"),
    ("^rise / 2元", "rate / money has no meaning"),
    ("^on / 2", "date / number has no meaning"),
    ("^this_year.sales ** 2", "money ** number has no meaning"),
    ("^on ** 2", "date ** number has no meaning"),
    ("^rise ** this_year.employees", "the exponent must be a constant whole number"),
    ("^rise ** 10%", "the exponent must be a constant whole number"),
    ("^rise ** 11", "the exponent must lie between 0 and 10"),
    ("^this_year.sales > 100", "cannot compare money with number; write the same unit on both sides"),
    ("^this_year.employees >= 5%", "cannot compare number with rate"),
    ("^on > 3", "cannot compare date with number"),
    ("^1元 < this_year.sales < 5", "cannot compare money with number"),
    ("^kind == name", "cannot compare code:subject_kind with text"),
    ("^kind == size", "cannot compare code:subject_kind with code:size"),
    ('^name > "甲"', "text has no order; use ==, != or 'in'"),
    ('^kind > "bank"', "code:subject_kind has no order"),
    ("^true < false", "boolean has no order"),
    ('kind == ^"banc"', "'banc' is no code of 'subject_kind'; expected one of: enterprise, institution"),
    ('^"banc" != kind', "'banc' is no code of 'subject_kind'"),
    ('kind in {"bank", ^"banc"}', "'banc' is no code of 'subject_kind'"),
    ("this_year.employees in {1, ^2元}", "a member of this set must be a literal of type number"),
    ("this_year.sales in {^this_year.rd_spend}", "a member of this set must be a literal of type money"),
    ("kind in {^size}", "a member of this set must be a literal of type code:subject_kind"),
    ("kind in ^{}", "after 'in' write a set of codes"),
    ("kind in ^kind", "after 'in' write a set of codes"),
    ("not ^this_year.sales", "expected a condition (true or false) here, found money"),
    ("true and ^3", "expected a condition (true or false) here, found number"),
    ("100万元 > 1元 or ^on", "expected a condition (true or false) here, found date"),
    ("1元 if ^this_year.sales else 2元", "expected a condition (true or false) here, found money"),
    ("^1元 if true else 1", "if … else … needs the same type throughout, found money, number"),
    ("^-on", "is not part of the language"),
    ("^-name", "is not part of the language"),
    ("^min(1元, 1)", "min needs the same type throughout, found money, number"),
    ("^max(kind, kind)", "max does not take codes"),
    ("^max(name, name)", "max does not take text"),
    ("^min(true, false)", "min does not take boolean"),
    ("^min(1元)", "min takes two or more values"),
    ("^max()", "max takes two or more values"),
    ("^round_down(1元)", "round_down takes a value and a unit"),
    ("^round_up(1元, 1元, 1元)", "round_up takes a value and a unit"),
    ("^round_down(1元, 0元)", "the unit of round_down must be a literal above zero"),
    ("^round_down(1元, this_year.sales)", "the unit of round_down must be a literal above zero"),
    ("^round_half_up(on, on)", "round_half_up does not take date"),
    ("^year_of(1)", "year_of takes (date), found (number)"),
    ("^days_between(on)", "days_between takes (date, date), found (date)"),
    ("^add_months(3, on)", "add_months takes (date, number), found (number, date)"),
    ("^in_force(1元)", "in_force takes (date), found (money)"),
    ("^known()", "known takes one fact"),
    ("^known(on, on)", "known takes one fact"),
    ("^bank_rate(3)", "the series bank_rate takes one date"),
    ("^bank_rate(on, on)", "the series bank_rate takes one date"),
    ("^kind[size]", "only a table parameter takes [ ]"),
    ("by_level[^size]", "this key must be a code of 'level', found code:size"),
    ("^by_level[size, size]", "the table has 1 key(s) (level), found 2"),
    ("^rates[size]", "the table has 2 key(s) (level, colour), found 1"),
    ("^sum(t.held_on for t in trials)", "sum(…) takes sums, numbers or rates, found date"),
    ("^max(t.label for t in trials)", "max(…) takes sums, numbers or rates, found text"),
    ("any(^t.cost for t in trials)", "expected a condition (true or false) here, found money"),
    ("sum(t.cost for t in trials if ^t.cost)", "expected a condition (true or false) here, found money"),
    ("count(^t.cost for t in trials)", "count counts records: count(t for …)"),
    ("^years_ago(1, 2).sales", "years_ago takes one number"),
    ("^years_ago(n=1).sales", "years_ago takes one number"),
    ("^years_ago(10%).sales", "years_ago takes a constant number"),
    ("^years_ago(this_year.employees).sales", "years_ago takes a constant number"),
]

UNKNOWN_NAMES = [
    ("^salles", "unknown name 'salles'; expected one of"),
    ("100万元 > 3500元 and ^knid == kind", "unknown name 'knid'; did you mean kind?"),
    ("^registred_on", "did you mean registered_on?"),
    ("^this_year.salles", "'years' has no field 'salles'; did you mean sales?"),
    ("100万元 < ^years_ago(2).zzz", "'years' has no field 'zzz'; expected one of"),
    ("any(^t.pased for t in trials)", "'trials' has no field 'pased'; did you mean passed?"),
    ("any(t.passed for t in ^trails)", "'trails' is no list of records; did you mean trials"),
    ("any(true for t in ^subject)", "'subject' is no list of records"),
    ("^trials", "'trials' is a list of records; use any(… for x in trials)"),
    ("^trial.cost", "unknown record 'trial'; expected this_year, last_year, years_ago(n) or a record's name"),
    (
        "any(^u.passed for t in trials)",
        "unknown record 'u'; expected this_year, last_year, years_ago(n) or t",
    ),
    ("^summ(1, 2)", "unknown function 'summ'; did you mean sum?"),
    ("^bank_rat(on)", "did you mean bank_rate?"),
    ("^print(1)", "unknown function 'print'"),
    ("^open('a')", "unknown function 'open'"),
    ("^averagge(t.cost for t in trials)", "'averagge' does not aggregate; expected one of: sum, count, any"),
    ("1元 + ^营业收入", "'营业收入' is no name; names are written in a-z, 0-9 and _"),
    ("1元 + ^sälës", "is no name; names are written in a-z"),
]

FORBIDDEN = [
    ("^lambda: 1", "is not part of the language (Lambda)"),
    ("^[x for x in trials]", "is not part of the language (ListComp)"),
    ("^{x for x in trials}", "is not part of the language (SetComp)"),
    ("^{x: 1 for x in trials}", "is not part of the language (DictComp)"),
    ("^(x for x in trials)", "is not part of the language (GeneratorExp)"),
    ("^{'a': 2}", "is not part of the language (Dict)"),
    ("^[1, 2]", "is not part of the language (List)"),
    ("^(1, 2)", "is not part of the language (Tuple)"),
    ("^{1}", "is not part of the language (Set)"),
    ("^f'{kind}'", "is not part of the language (JoinedStr)"),
    ("(^x := 3)", "is not part of the language (NamedExpr)"),
    ("^await kind", "is not part of the language (Await)"),
    ("(^yield kind)", "is not part of the language (Yield)"),
    ("min(^*kind, 1)", "is not part of the language (Starred)"),
    ("by_level[^1 :2]", "is not part of the language (Slice)"),
    ("^min(1, b=2)", "only the functions of the language can be called, without keywords"),
    ("^min(**kind)", "only the functions of the language can be called, without keywords"),
    ("^kind.lower()", "only the functions of the language can be called"),
    ("^(lambda: 1)()", "only the functions of the language can be called"),
    ("^min(1, 2)(3)", "only the functions of the language can be called"),
    ("^kind.__class__.__mro__", "a dot follows only this_year, last_year, years_ago(n) or a record's name"),
    ("^().__class__", "a dot follows only"),
    ("^''.__class__.__base__.__subclasses__()", "only the functions of the language can be called"),
    ("^__import__('os').system('true')", "only the functions of the language can be called"),
    ("^__import__('os')", "unknown function '__import__'"),
    ("^kind.__class__", "unknown record 'kind'"),
    ("^this_year.sales.real", "a dot follows only"),
    ("^this_year.__class__", "'years' has no field '__class__'"),
    ("^None", "'None' is no literal of the language"),
    ("^True", "'True' is no literal of the language; write true/false, 3, 10%, 100万元, 2024-06-20"),
    ("kind == ^None", "'None' is no literal"),
    ("^1.5", "'1.5' is no literal"),
    ("^1e5", "is no literal"),
    ("^2j", "'2j' is no literal"),
    ("^...", "is no literal"),
    ("^b'x'", "'b'x'' is no literal"),
    ("^kind is kind", "'is' is not part of the language; use == or !="),
    ("^kind is not kind", "'is' is not part of the language"),
    ("1元 + (^100万元 @ 10%)", "the operator of '100万元 @ 10%' is not part of the language"),
    ("^7 % 2", "the operator of '7 % 2' is not part of the language; use + - * / **"),
    ("^7 // 2", "the operator of '7 // 2' is not part of the language"),
    ("^1 << 9999999", "is not part of the language"),
    ("^1 | 2", "is not part of the language"),
    ("^kind @ kind", "is not part of the language"),
    ("^~3", "'~3' is not part of the language"),
    ("^+3", "'+3' is not part of the language"),
    ("sum(^sum(c.paid for c in contracts) for t in trials)", "aggregates do not nest"),
    ("^sum(t.cost for t in trials for c in contracts)", "write one plain loop"),
    ("^sum(t.cost for t, u in trials)", "write one plain loop"),
    ("^sum(t.cost for t in trials if true for u in trials)", "write one plain loop"),
    ("^sum(t.cost for t in [1, 2])", "write one plain loop"),
    ("^sum(t.cost async for t in trials)", "write one plain loop"),
    ("^9**9**9", "the exponent must be a constant whole number"),
    ("^9**999999999", "the exponent must lie between 0 and 10"),
    ("^2 ** -1", "the exponent must lie between 0 and 10"),
]
UNREADABLE = [
    "", "1 +", "1 2", "(1", "a b", "100万元 200万元", "if", "x = 3", "import os", "1; 2", "3x", "\x00", "1 \x00", "“”",
    "１", '"', "a\nb", "#", " 1", "10%3", "not", "==",
]  # fmt: skip


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return language_pack(tmp_path_factory.mktemp("packs"))


@pytest.fixture(scope="module")
def scope(pack):
    return scope_of(pack)


@pytest.mark.parametrize(("marked", "words"), [*WRONG_TYPES, *UNKNOWN_NAMES, *FORBIDDEN])
def test_a_fault_names_its_column_and_what_was_expected(scope, marked, words):
    text = marked.replace("^", "", 1)

    found = read(text, scope)

    assert isinstance(found, Problem), f"{text} was taken for {found}"
    assert words in found.message
    assert (found.place.file, found.place.line, found.place.column) == ("file", 1, marked.index("^") + 1)
    assert found.message.endswith(f"[in: {text}]")


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_expression_is_said_to_be_none(scope, text):
    found = read(text, scope)

    assert isinstance(found, Problem)
    assert "cannot be read as an expression" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "100万元 > 1元 == ?",
        "100万元 + 1.5亿元 + 3500元 >= ?",
        "10% * 1:1 * 3 > 2:7 and known(2024-06-20) and ?",
        '"一二三" == "xxx" or ?',
        "this_year.sales > 100万元 and ?",
        "sum(1万元 for t in trials if 1.2亿元 > t.cost and ?)",
    ],
)
def test_columns_count_characters_also_after_literals_and_chinese(scope, text):
    for wrong in ("nothing_such", "xxx", "$", "无"):
        found = read(text.replace("?", wrong), scope)

        assert isinstance(found, Problem)
        assert found.place.column == text.index("?") + 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024-02-30", "day is out of range"),
        ("1899-12-31", "outside the calendar, expected 1900-01-01 to 2200-12-31"),
        ("2201-01-01", "outside the calendar"),
        ("0001-01-01", "outside the calendar"),
        ("0.001元", "finer than one fen"),
        ("1.5分", "finer than one fen"),
        ("1:0", "divides by zero"),
    ],
)
def test_an_impossible_literal_is_refused_where_it_stands(scope, text, words):
    found = read(f"100万元 > {text}", scope)

    assert isinstance(found, Problem)
    assert words in found.message
    assert found.place.column == 9


@pytest.mark.parametrize(
    "text",
    [
        "1 + " * 1000 + "1",
        "9" * (MAX_LENGTH + 1),
        "(" * 1900 + "1" + ")" * 90,
        "[" * 1000,
        "not " * 499 + "true",
        "-" * 1999 + "1",
        "- " * 999 + "1",
        "not " * 100_000 + "true",
        "-" * 100_000 + "1",
        "(" * 100_000,
        "9**9**9",
        "9**9**9**9**9**9",
        "((((((((9**10)**10)**10)**10)**10)**10)**10)**10)",
        "9" * 1990 + "**10",
        "lambda:" * 280 + "1",
        "lambda x:" * 200 + "1",
        "1 if true else " * 130 + "1",
        "a." * 900 + "a",
        "f'" * 900,
        "f'{" * 600,
        "{" * 1000 + "}" * 1000,
        "x[" * 600,
        "min(" * 400 + "1" + ")" * 399,
        "1<" * 999 + "1",
        "true and " * 220 + "true",
        "**".join("9" * 600),
        '"' * 1999,
        "\\" * 2000,
        "𝟏" * 1000,
        "a" * 2000,
        "\u202e" * 100,
        "1:" * 900 + "1",
        "%" * 2000,
        "0" * 1999 + "1",
        "await " * 300 + "x",
        "yield " * 300 + "x",
        "sum(" * 30 + "t.cost for t in trials" + " for t in trials)" * 30,
    ],
    ids=lambda text: f"{text[:12]}… {len(text)}",
)
def test_a_hostile_text_ends_quickly_with_a_fault(scope, text):
    start = time.perf_counter()
    found = read(text, scope)

    assert isinstance(found, Problem)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "text", ["*".join(["9" * 150] * 13) + "**10", "'" * 1998, "\n" * 1999 + "1", "0" * 1999]
)
def test_a_strange_text_that_means_something_is_read_quickly(scope, text):
    start = time.perf_counter()

    assert isinstance(read(text, scope), Node)
    assert time.perf_counter() - start < 2


def test_names_that_stand_on_one_another_cannot_grow_without_end(pack):
    scope = scope_of(pack)
    node = read("this_year.employees * this_year.employees", scope)
    for _ in range(20):
        scope = scope.with_names(grown=node)
        node = read("grown * grown * grown * grown", scope)
        if isinstance(node, Problem):
            break

    assert isinstance(node, Problem)
    assert "grow too large" in node.message


def test_names_that_stand_on_one_another_cannot_nest_without_end(pack):
    scope = scope_of(pack)
    node = read("this_year.above_scale", scope)
    for _ in range(10):
        scope = scope.with_names(deep=node)
        node = read("not " * 30 + "deep", scope)
        if isinstance(node, Problem):
            break

    assert isinstance(node, Problem)
    assert "too many names stand on one another" in node.message


def test_nothing_of_an_expression_is_run(scope, tmp_path):
    witness = tmp_path / "witness"

    for text in (
        f"__import__('os').system('touch {witness}')",
        f"open('{witness}', 'w')",
        f"count(open('{witness}', 'w') for t in trials)",
        f"[x for x in [open('{witness}', 'w')]]",
        f'exec(\'open("{witness}", "w")\')',
    ):
        assert isinstance(read(text, scope), Problem)

    assert not witness.exists()


_PIECES = st.sampled_from(
    [
        "100万元", "10%", "1:1", "2024-06-20", "3", "0", "true", "false", '"bank"', '"', "kind", "size", "on", "year",
        "name", "this_year", "last_year", "years_ago", "(2)", ".", "sales", "employees", "above_scale", "trials", "t",
        "trial", "for", "in", "if", "else", "and", "or", "not", "is", "lambda", "sum", "count", "any", "all", "min",
        "max", "round_down", "known", "bank_rate", "by_level", "rates", "dated", "(", ")", "[", "]", "{", "}", ",", ":",
        "+", "-", "*", "/", "**", "%", "<", "<=", "==", "!=", "~", "@", ":=", "\x00", "元", "é", "\n", " ", "\\", "'",
    ]
)  # fmt: skip
_QUIET = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_QUIET
@given(
    st.one_of(
        st.text(max_size=60), st.lists(_PIECES, max_size=30).map(" ".join), st.lists(_PIECES).map("".join)
    )
)
def test_any_text_gives_a_tree_or_one_fault_within_its_length(scope, text):
    found = read(text, scope)

    assert isinstance(found, (Node, Problem))
    if isinstance(found, Problem):
        assert found.place.line == 1
        assert 1 <= found.place.column <= len(text) + 2


def test_the_record_of_each_is_named_by_its_word_and_no_other_kind_may_mix_in(pack):
    scope = scope_of(pack, "trials")

    own = read("trial.cost > 1元", scope)
    other = read("trial.cost > contract.paid", scope)
    mixed = read("sum(trial.cost for c in contracts)", scope)

    assert own.level == "trials"
    assert "unknown record 'contract'" in other.message
    assert "unknown record 'trial'; expected this_year, last_year, years_ago(n) or c" in mixed.message


def test_two_kinds_of_record_cannot_meet_through_names(pack):
    trial = read("trial.cost", scope_of(pack, "trials"))
    scope = scope_of(pack, "contracts").with_names(trial_cost=trial)

    assert (
        "one expression cannot mix records of two kinds" in read("contract.paid > trial_cost", scope).message
    )
    assert (
        "the records of 'trials' cannot be used" in read("sum(trial_cost for c in contracts)", scope).message
    )


def test_without_annual_figures_in_the_vocabulary_history_is_refused(pack):
    records = {name: kind for name, kind in pack.vocabulary.records.items() if name != "years"}
    scope = scope_of(pack)
    bare = type(scope)(type(pack.vocabulary)(records, pack.vocabulary.codes), scope.forest, {})

    assert "the vocabulary has no record kind 'years'" in read("this_year.sales", bare).message


def test_the_same_expression_is_the_same_tree(scope):
    assert read("this_year.sales + 1元", scope) is read("this_year . sales+ 1.00元", scope)
