"""What the engine says about a draft, as plain data: counts for every measure, and all about one file.

Runs in a helper process (bench.py), because the text of a draft may be anything. Nothing here knows Django.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kechuang.drafting.files import MEASURE_FILE, measure_files, write_folder
from kechuang.policy.cases.examples import ExampleRun, lacking_examples, run_example
from kechuang.policy.encoding.binding import bind
from kechuang.policy.encoding.loading import read_pack
from kechuang.policy.encoding.pack import Benefit, Measure, Pack
from kechuang.policy.encoding.trace import Token, TraceReport, trace
from kechuang.policy.language.problems import Place, Problem
from kechuang.policy.language.values import MONEY, decimal_text, yuan
from kechuang.policy.text.document import Document
from kechuang.policy.words.explanation_parts import BenefitParts, parts_of

CLOSING: Final = "closing"
COUNTED: Final = ("faults", "open", "gaps", "passed", "failed", "few")
MOST_FAULTS: Final = 200  # of one file that are told
MOST_TOKENS: Final = 1_000  # of one clause that are shown; the longest of Weihai's has 50
_NO_FILE: Final = (
    "no file encodes measure"  # said of all files together; a check of one file knows nothing of that
)
Plain = dict[str, Any]


@contextmanager
def as_pack(files: Mapping[str, str], pack_id: str) -> Iterator[tuple[Pack | None, tuple[Problem, ...]]]:
    """The files as a pack, as far as they can be read, with all faults."""
    with tempfile.TemporaryDirectory(prefix="kechuang-draft-") as name:
        folder = Path(name) / pack_id
        write_folder(files, folder)
        yield read_pack(folder)


def check(
    files: Mapping[str, str], pack_id: str, only: str | None = None, before: Plain | None = None
) -> Plain:
    """The counts of a version. With `only`, one measure file is read and all else is as the check `before` found it.

    `keys`: the file of each measure; `measures`: by file, see `_measure_counts`; `shared`: faults by shared file;
    `document`: what the text says of itself, with every clause; `absent`: clauses that no file encodes; and in all
    `faults`, `open`, `gaps`, `passed`, `failed`, `few`.
    """
    read = files if only is None else {name: text for name, text in files.items() if not _other(name, only)}
    with as_pack(read, pack_id) as (pack, problems):
        found = Counter(
            _file_of(problem.place, pack_id) for problem in problems if _NO_FILE not in problem.message
        )
        report = trace(pack) if pack else None
        measures = {} if only is None else dict((before or {}).get("measures", {}))
        for name in read:
            if MEASURE_FILE.fullmatch(name):
                measures[name] = _measure_counts(name, found[name], pack, report)
        shared = {name: number for name, number in found.items() if not MEASURE_FILE.fullmatch(name)}
        document = _document(pack.document) if pack else None
        wrong_dates = sum(1 for fault in report.faults if fault.clause == CLOSING) if report else 0
    if wrong_dates:
        shared["pack.yaml"] = shared.get("pack.yaml", 0) + wrong_dates
    keys = measure_files(files)
    absent = (
        [clause["key"] for clause in document["clauses"] if clause["key"] not in keys] if document else []
    )
    sums: Counter[str] = Counter()
    for one in measures.values():
        sums.update({name: one[name] for name in COUNTED})
    return {
        "keys": keys,
        "measures": {name: measures[name] for name in sorted(measures) if name in files},
        "shared": shared,
        "document": document,
        "absent": absent,
        **{name: sums[name] for name in COUNTED},
        "faults": sums["faults"] + sum(shared.values()) + len(absent),
    }


def _other(name: str, only: str) -> bool:
    return MEASURE_FILE.fullmatch(name) is not None and name != only


def _file_of(place: Place, pack_id: str) -> str:
    return place.file.removeprefix(f"{pack_id}/")


def _measure_counts(name: str, problems: int, pack: Pack | None, report: TraceReport | None) -> Plain:
    """`faults`: what is wrong; `open`: tokens nothing encodes yet; `gaps`: tokens declared as gaps, with their reason.

    `passed` and `failed` count worked examples, `few` those that are still wanted. While the file has faults
    that keep it from being read whole, the text is not held against it: its claims would seem to be missing.
    """
    measure = _measure_in(pack, name)
    said: Plain = {"faults": problems, "open": 0, "gaps": 0, "claimed": 0, "passed": 0, "failed": 0, "few": 0}
    said["benefits"] = len(measure.benefits) if measure else 0
    if measure is None or pack is None or report is None:
        return said
    tokens = [token for token in report.tokens if token.clause == measure.key]
    if problems:
        return said
    said["open"] = sum(1 for token in tokens if token.state == "gap" and not token.claims)
    said["gaps"] = sum(1 for token in tokens if token.state == "gap" and token.claims)
    said["claimed"] = sum(1 for token in tokens if token.state in ("claimed", "programmatic"))
    said["faults"] = sum(1 for fault in report.faults if fault.clause == measure.key) - said["open"]
    said["few"] = sum(1 for benefit in measure.benefits for _ in lacking_examples(benefit))
    for run in _runs(pack, measure):
        said["failed" if run.differences else "passed"] += 1
    return said


def _measure_in(pack: Pack | None, name: str) -> Measure | None:
    """The measure that a file encodes, when it could be read."""
    if pack is None:
        return None
    wanted = f"{pack.id}/{name}"
    return next((measure for measure in pack.measures.values() if measure.place.file == wanted), None)


def _runs(pack: Pack, measure: Measure) -> Iterator[ExampleRun]:
    return (run_example(pack, benefit, one) for benefit in measure.benefits for one in benefit.examples)


def _document(document: Document) -> Plain:
    """What the text says of itself. Clauses by the headings over them."""
    headings = {section.id: section.title for section in (*document.parts, *document.sections)}
    return {
        "title": document.title,
        "number": document.number,
        "issuer": document.issuer,
        **{name: _iso(getattr(document, name)) for name in ("issued", "valid_from", "valid_to")},
        "digest": document.digest,
        "problems": list(document.problems),
        "clauses": [
            {
                "key": one.key,
                "title": one.title,
                "heading": headings.get(one.section, ""),
                "departments": [each.name for each in one.departments],
            }
            for one in document.clauses.values()
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def look(files: Mapping[str, str], pack_id: str, name: str, language: str, today: str) -> Plain:
    """All about one file: `faults` with their lines, and of a measure its clause, tokens, sentences and examples.

    `today` (ISO) chooses the day for the sentences, brought within the document's validity.
    """
    key = next((key for key, file in measure_files(files).items() if file == name), "")
    read = {one: text for one, text in files.items() if not _other(one, name)}
    with as_pack(read, pack_id) as (pack, problems):
        mine = [one for one in problems if _file_of(one.place, pack_id) == name]
        elsewhere = Counter(_file_of(one.place, pack_id) for one in problems if _NO_FILE not in one.message)
        said: Plain = {
            "file": name,
            "faults": [_problem(one, pack_id) for one in mine[:MOST_FAULTS]],
            "elsewhere": {
                file: number for file, number in elsewhere.items() if file in files and file != name
            },
            "document": _document(pack.document) if pack else None,
        }
        if pack is None:
            return said
        report = trace(pack)
        measure = _measure_in(pack, name)
        if measure is not None:
            said |= _measure(pack, report, measure, (language, today), bool(problems_that_matter(problems)))
            if not mine:
                said["faults"] += _disagreements(pack, report, measure)
        elif key in pack.document.clauses:
            said["clause"] = _clause(pack, report, key)
        if name == "pack.yaml":
            said["faults"] += [
                _fault(one.message, one.line) for one in report.faults if one.clause == CLOSING
            ]
    return said


def problems_that_matter(problems: tuple[Problem, ...]) -> list[Problem]:
    """All faults but that of measures without a file."""
    return [one for one in problems if _NO_FILE not in one.message]


def _problem(one: Problem, pack_id: str) -> Plain:
    """A fault of the file itself, where it stands."""
    return {
        "message": _local(one.message, pack_id),
        "line": one.place.line,
        "column": one.place.column,
        "path": one.place.path,
    }


def _fault(message: str, text_line: int | None = None) -> Plain:
    return {"message": message, "line": 0, "column": 0, "path": "", "text_line": text_line}


def _placed(message: str, text_line: int, name: str) -> Plain:
    """A disagreement at the first place of the file that the message names."""
    found = re.search(rf"{re.escape(name)}:(\d+):(\d+)", message)
    place = {"line": int(found[1]), "column": int(found[2])} if found else {}
    return _fault(message, text_line) | place


def _local(message: str, pack_id: str) -> str:
    """A message that names files as the draft does."""
    return message.replace(f"{pack_id}/", "")


def _disagreements(pack: Pack, report: TraceReport, measure: Measure) -> Iterator[Plain]:
    """Where text and encoding disagree. Words that nothing encodes are shown as tokens, examples in their table."""
    for fault in report.faults:
        if fault.clause == measure.key and not fault.message.startswith("nothing encodes"):
            yield _placed(_local(fault.message, pack.id), fault.line, _file_of(measure.place, pack.id))


def _clause(pack: Pack, report: TraceReport, key: str) -> Plain:
    """The words of a measure with every token in them; offsets count characters of `text`."""
    clause = pack.document.clauses[key]
    return {
        "key": key,
        "title": clause.title,
        "text": clause.text,
        "line": pack.document.clause_line(key),
        "tokens": [_token(token, pack.id) for token in report.tokens if token.clause == key][:MOST_TOKENS],
    }


def _token(token: Token, pack_id: str) -> Plain:
    state = "open" if token.state == "gap" and not token.claims else token.state
    return {
        "kind": token.kind,
        "text": token.text,
        "start": token.start,
        "end": token.end,
        "state": state,
        "claims": [
            {"what": one.what, "says": one.says, "line": one.place.line, "file": _file_of(one.place, pack_id)}
            for one in token.claims
        ],
    }


def _measure(pack: Pack, report: TraceReport, measure: Measure, how: tuple[str, str], broken: bool) -> Plain:  # noqa: FBT001
    """A measure that could be read: clause, and when nothing is `broken` its sentences and examples."""
    said: Plain = {"clause": _clause(pack, report, measure.key), "told": [], "examples": [], "few": []}
    if broken:
        return said
    language, today = how
    on = min(max(date.fromisoformat(today), pack.valid[0]), pack.valid[1])
    parts = parts_of(bind(pack, on), language)
    said["told"] = [_told(benefit, parts[benefit.id]) for benefit in measure.benefits]
    said["examples"] = [_example(run) for run in _runs(pack, measure)]
    said["few"] = [
        {"message": text, "line": one.place.line}
        for one in measure.benefits
        for text in lacking_examples(one)
    ]
    return said


def _told(benefit: Benefit, parts: BenefitParts) -> Plain:
    """A benefit in sentences, each with the words of the clause and the line that encodes it."""
    conditions = [
        {"sentence": part.sentence, "quote": part.quote.text if part.quote else "", "line": one.place.line}
        for one, part in zip(benefit.conditions, parts.conditions, strict=True)
    ]
    return {
        "id": benefit.id,
        "title": parts.title,
        "line": benefit.place.line,
        "subjects": parts.subjects,
        "each": parts.each,
        "conditions": conditions,
        "kind": parts.amount.kind,
        "amount": parts.amount.sentence,
        "amount_line": benefit.amount.place.line,
        "caps": [part.sentence for part in (*parts.amount.caps, *parts.amount.total_caps)],
        "terms": [
            {"title": term.title, "meaning": term.meaning}
            for term in {term.title: term for term in parts.amount.terms}.values()
            if term.meaning
        ],
    }


def _example(run: ExampleRun) -> Plain:
    """A worked example: what was expected and what came out, in the words of the file."""
    expect = run.example.expect
    expected = {
        name: expect.text(name) for name in ("outcome", "amount", "because", "short") if expect.has(name)
    }
    if expect.has("missing"):
        expected["missing"] = "、".join(expect.texts("missing"))
    return {
        "benefit": run.benefit.id,
        "title": {"zh": run.example.title.zh, "en": run.example.title.en},
        "on": run.example.on.isoformat(),
        "line": run.example.place.line,
        "expected": expected,
        "found": _came_out(run),
        "differences": list(run.differences),
    }


def _came_out(run: ExampleRun) -> Plain:
    result = run.result
    if result is None:
        return {}
    found: Plain = {"outcome": str(result.outcome)}
    if result.amount is not None:
        found["amount_fen"] = result.amount
    if result.because:
        found["because"] = result.because
    if result.short is not None:
        found["short"] = _gap(result.short.gap, result.short.type)
    if result.missing:
        found["missing"] = "、".join(sorted({one.path for one in result.missing}))
    return found


def _gap(gap: Fraction | int, type_: str) -> str:
    return f"{yuan(int(gap))}元" if type_ == MONEY and gap == int(gap) else decimal_text(Fraction(gap))
