"""`kechuang ask`: the interview in a terminal; or, for machines, one step of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from kechuang.cli.edge import bound_of
from kechuang.cli.main import OK
from kechuang.cli.printing import print_totals
from kechuang.cli.words import UsageError
from kechuang.exchange.plain import intake_of
from kechuang.exchange.reading import read_file
from kechuang.exchange.results import Totals, results_of
from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.interview import (
    Answer,
    AnswerError,
    Question,
    Step,
    changes,
    plain_facts,
    read_answer,
    replay,
    sentence,
    step,
    why,
)
from kechuang.policy.language.values import Words, money_text
from kechuang.policy.words.reasons import headline, reason_sentence

Say = Callable[[str, str], str]
_NONE: Final = ("0", "无", "没有", "none", "-")
_BACK, _END = object(), object()
_MANY: Final = ("kinds", "records")


def run(args: argparse.Namespace) -> int:
    """Ask until nothing is left to ask, then print the results; with --json print the next question only."""
    bound = bound_of(args)
    given = _given(args.file, bound)
    if args.json:
        here = step(bound, given, frozenset(args.settled))
        print(json.dumps(_data(here, bound, args.language), ensure_ascii=False, indent=2))
        return OK
    facts = _interview(bound, given, _prepared(args.answers), args.language)
    if args.save is not None:
        text = json.dumps(plain_facts(facts), ensure_ascii=False, indent=2) + "\n"
        Path(args.save).write_text(text, encoding="utf-8")
    _print_results(bound, facts, args.language)
    return OK


def _given(file: str | None, bound: Bound) -> dict[str, Any]:
    """The facts of the one subject in a file; none without a file."""
    if file is None:
        return {}
    vocabulary = bound.pack.vocabulary
    if file == "-":
        from kechuang.exchange.plain import read_json_text

        intake = read_json_text(sys.stdin.buffer.read(), vocabulary)
    else:
        intake = read_file(file, vocabulary)
    for refused in intake.refused:
        text = Words(
            " ".join(fault.sentence("zh") for fault in refused.faults),
            " ".join(fault.sentence("en") for fault in refused.faults),
        )
        raise UsageError(text)
    cases = intake.as_cases()
    if len(cases) != 1:
        raise UsageError(
            Words(
                f"问答只问一户，文件中有 {len(cases):,} 户",
                f"an interview is about one subject; the file holds {len(cases):,}",
            )
        )
    return dict(cases[0])


def _prepared(file: str | None) -> dict[str, Any]:
    """Answers by the key of their question, from a JSON file."""
    if file is None:
        return {}
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(
            Words(
                f"{file} 应是 JSON 对象：问题的键 → 回答",
                f"{file}: expected a JSON object, key of the question -> answer",
            )
        )
    return found


def _interview(
    bound: Bound, given: Mapping[str, Any], prepared: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The facts in the end."""
    answers: dict[str, Answer] = {}
    while True:
        facts, settled = replay(answers, bound.pack.vocabulary, given)
        here = step(bound, facts, settled)
        question = here.question
        if question is None:
            return facts
        if question.key in prepared:
            answers[question.key] = _of_file(question, prepared[question.key], bound)
            continue
        answer = _ask(here, question, bound, language)
        if answer is _END:
            return facts
        if answer is not _BACK:
            answers[question.key] = answer  # type: ignore[assignment]  # neither of the two marks
        elif answers:
            answers.popitem()


def _of_file(question: Question, raw: object, bound: Bound) -> Answer:
    try:
        return read_answer(question, raw, bound)
    except AnswerError as error:
        raise UsageError(
            Words(f"{question.key}：{error.words.zh}", f"{question.key}: {error.words.en}")
        ) from None


def _ask(here: Step, question: Question, bound: Bound, language: str) -> object:
    """Print the question and read until an answer can be read: an Answer, or one of the two marks."""
    say = _say(language)
    stake = (
        say("，可能影响 ", ", up to ") + money_text(here.fen, language) + say("", " at stake")
        if here.fen
        else ""
    )
    print(say(f"\n还有约 {here.remaining} 问", f"\nabout {here.remaining} questions left") + stake)
    if question.about is not None:
        print(question.about.pick(language))
    print(question.ask.pick(language))
    if question.help is not None:
        print(f"  {question.help.pick(language)}")
    for number, option in enumerate(question.options, start=1):
        print(f"  {number}. {option.title.pick(language)}")
    while True:
        print(_hint(question, say), end=" ", flush=True)
        line = sys.stdin.readline()
        typed = line.strip()
        if not line or typed == "q":
            print()
            return _END
        if typed == "b":
            return _BACK
        if typed == "?":
            _print_why(question, bound, language)
            continue
        try:
            return read_answer(question, _raw(question, typed), bound)
        except AnswerError as error:
            print(f"  {error.words.pick(language)}")


def _hint(question: Question, say: Say) -> str:
    """What may be typed."""
    unit = question.unit or Words("数", "number")
    what = {
        "boolean": say("是/否", "yes/no"),
        "choice": say("序号", "number"),
        "kinds": say("序号，如 1 3x2；没有填 0", "numbers, such as 1 3x2; 0 for none"),
        "records": say("序号，如 1 3；没有填 0", "numbers, such as 1 3; 0 for none"),
        "date": "YYYY-MM-DD",
        "count": say("几项", "how many"),
    }.get(question.form, say(unit.zh, unit.en))
    keys = say("；回车=不知道 ?=为什么 b=上一步 q=看结果", "; Enter=don't know ?=why b=back q=results")
    return f"[{what}{keys}]"


def _raw(question: Question, typed: str) -> object:
    """What was typed, numbers of options replaced by their codes."""
    if not typed or question.form not in ("choice", *_MANY):
        return typed
    codes = [one.code for one in question.options]
    if question.form == "choice":
        return codes[int(typed) - 1] if typed.isdecimal() and 0 < int(typed) <= len(codes) else typed
    if typed.lower() in _NONE:
        return []
    counts: dict[str, int] = {}
    for part in typed.replace("，", " ").replace(",", " ").replace("、", " ").replace("×", "x").split():
        number, _, count = part.partition("x")
        known = number.isdecimal() and 0 < int(number) <= len(codes)
        code = codes[int(number) - 1] if known else number
        counts[code] = counts.get(code, 0) + (int(count) if count.isdecimal() else 1)
    return list(counts) if question.form == "records" else counts


def _print_why(question: Question, bound: Bound, language: str) -> None:
    for one in why(question, bound, language):
        quote = f" “{one.quote.text}”" if one.quote else ""
        print(f"  {one.title}{_say(language)('：', ': ')}{one.sentence}{quote}")


def _print_results(bound: Bound, facts: Mapping[str, Any], language: str) -> None:
    """As `kechuang assess` prints them, then each benefit with its reason and what would change it."""
    intake = intake_of([plain_facts(facts)], bound.pack.vocabulary)
    totals = Totals(bound)
    for result in results_of(bound, intake):
        totals.add(result)
        if result.assessment is not None:
            print_totals(totals, language, sys.stdout)
            _print_reasons(result.assessment, language)


def _print_reasons(assessment: Assessment, language: str) -> None:
    for outcome in (Outcome.ENTITLED, Outcome.MAY_APPLY, Outcome.UNDETERMINED, Outcome.NOT_ELIGIBLE):
        for result in assessment.of(outcome):
            found = changes(assessment, result.benefit_id)
            if outcome is Outcome.NOT_ELIGIBLE and not found:
                continue
            title = result.bound.benefit.title.pick(language)
            print(f"\n{result.benefit_id} {title}{_say(language)('：', ': ')}{headline(result, language)}")
            print(f"  {reason_sentence(assessment, result, language)}")
            for change in found:
                print(f"  → {sentence(change, assessment, language)}")


def _data(here: Step, bound: Bound, language: str) -> dict[str, Any]:
    """One step as plain data: the next question (null at the end), what is open, what is had already."""
    return {
        "question": None if here.question is None else _question_data(here.question, bound, language),
        "remaining": here.remaining,
        "open": list(here.open),
        "at_stake_fen": here.fen,
        "entitled_fen": here.assessment.entitled_fen,
        "ceiling_fen": here.assessment.ceiling_fen,
    }


def _question_data(question: Question, bound: Bound, language: str) -> dict[str, Any]:
    def text(words: Words | None) -> str | None:
        return None if words is None else words.pick(language)

    reasons = [
        {"benefit": one.benefit, "sentence": one.sentence, "quote": one.quote.text if one.quote else None}
        for one in why(question, bound, language)
    ]
    return {
        "key": question.key,
        "form": question.form,
        "ask": text(question.ask),
        "help": text(question.help),
        "about": text(question.about),
        "unit": text(question.unit),
        "options": [{"code": one.code, "title": one.title.pick(language)} for one in question.options],
        "at_stake_fen": question.fen,
        "why": reasons,
    }


def _say(language: str) -> Say:
    return (lambda _zh, en: en) if language == "en" else (lambda zh, _en: zh)
