"""`draft_pack`: a raw text becomes a document, candidates with reasons, and a pack folder that loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kechuang.policy.drafting.candidates import Candidate, Draft, DraftError, DraftProblem, Unclaimed
from kechuang.policy.drafting.encode import OPEN_RECORD, encode_grants
from kechuang.policy.drafting.encoding import Encoding
from kechuang.policy.drafting.gaps import gaps_of, is_whole, programmatic_of, unclaimed_of, whole_gap
from kechuang.policy.drafting.grants import read_grants
from kechuang.policy.drafting.heads import head_of
from kechuang.policy.drafting.report import candidates_of
from kechuang.policy.drafting.roles import MOST_FIGURES, read_roles
from kechuang.policy.drafting.rules import cue
from kechuang.policy.drafting.yaml_text import Inline, both, yaml_text
from kechuang.policy.text.document import Clause, read_document

MAX_LETTERS: Final = 500_000
_MEASURE_HEAD: Final = "Draft by program; every line is to be checked against the text."


def draft_pack(raw: str, pack_id: str) -> Draft:
    """Draft a pack from a text as published. Nothing is raised for an odd text: `problems` say what is missing.

    Only a text of more than MAX_LETTERS raises DraftError: no policy is that long.

    The files load with `load_pack` whenever the document has clauses. What the program cannot encode stands under
    `gaps`, and a condition without a fact asks for a fact to be added, so that a draft never grants unasked.
    """
    if len(raw) > MAX_LETTERS:
        raise DraftError(len(raw), MAX_LETTERS)
    document = read_document(raw, {"id": pack_id})
    head, problems = head_of(document, pack_id)
    files = {"source.txt": raw, "pack.yaml": yaml_text(head, _MEASURE_HEAD)}
    candidates: list[Candidate] = []
    unclaimed: list[Unclaimed] = []
    points: dict[str, str] = {}
    general = tuple(key for key, clause in document.clauses.items() if _is_general(clause))
    for clause in document.clauses.values():
        encoding, measure = encode_clause(clause, general)
        files[_file_name(clause)] = yaml_text(measure, _MEASURE_HEAD)
        candidates += candidates_of(document, encoding)
        unclaimed += unclaimed_of(document, encoding)
        points |= encoding.open_points
    if points:
        files["vocabulary.yaml"] = yaml_text(
            _open_points(points), "Facts to be added: one for each condition that no fact names yet."
        )
    return Draft(pack_id, document, files, tuple(candidates), tuple(unclaimed), tuple(_sorted(problems)))


def _is_general(clause: Clause) -> bool:
    """Whether a clause gives nothing itself and states who may apply: 支持对象为……，并具备下列条件."""
    return bool(cue("general", clause.text)) and not read_grants(read_roles(clause.text))


def encode_clause(clause: Clause, general: tuple[str, ...] = ()) -> tuple[Encoding, dict[str, Any]]:
    """Everything that one clause gives, as far as the program reads it, and its measure file.

    `general` are the clauses whose conditions hold for the whole document.
    """
    reading = read_roles(clause.text)
    encoding = Encoding(clause, reading, general=general)
    encode_grants(encoding, read_grants(reading))
    few = len(reading.parts) + len(reading.loose) <= MOST_FIGURES
    entries = {"programmatic": programmatic_of(encoding), "gaps": gaps_of(encoding)} if few else {}
    if not is_whole(encoding):
        encoding = Encoding(clause, reading)
        entries = {"gaps": whole_gap(encoding)}
    return encoding, _measure(encoding) | {name: found for name, found in entries.items() if found}


def _sorted(problems: list[DraftProblem]) -> Iterator[DraftProblem]:
    yield from sorted(problems, key=lambda problem: problem.line)


def _file_name(clause: Clause) -> str:
    name = f"{clause.number:02d}" if clause.key.isdigit() else clause.key.lower().replace(".", "-")
    return f"measures/{name}.yaml"


def _measure(encoding: Encoding) -> dict[str, Any]:
    clause = encoding.clause
    body: dict[str, Any] = {
        "measure": int(clause.key) if clause.key.isdigit() else clause.key,
        "title": both(clause.title, f"Measure {clause.key} (draft; the Chinese title holds)"),
        "departments": list(dict.fromkeys(one.name for one in clause.departments)),
    }
    if encoding.benefits:
        body["benefits"] = encoding.benefits
    else:
        body["duties"] = {
            "work": {
                "title": both(clause.title, f"Work under measure {clause.key} (draft)"),
                "evidence": [both("工作记录", "records of the work")],
            }
        }
    return body


def _open_points(points: dict[str, str]) -> dict[str, Any]:
    """A record kind of its own with one yes-or-no fact for each condition that is still open."""
    return {
        "record": OPEN_RECORD,
        "one": "open_point",
        "title": both("待编码的条件", "Conditions to be encoded"),
        "note": both("起草用，编码完成后删去", "for drafting; delete it once all is encoded"),
        "fields": {
            name: Inline(
                type="boolean", title=both(words, "a condition to be encoded (the Chinese words hold)")
            )
            for name, words in points.items()
        },
    }
