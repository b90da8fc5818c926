"""One file as its page shows it: the clause cut at its tokens, faults in the reader's language, sentences, examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from kechuang.drafting.fault_words import said_in
from kechuang.drafting.files import MEASURE_FILE
from kechuang.drafting.workshop import BENCH, BenchError, TooLongError

log = structlog.get_logger("kechuang.drafting")

LOOK_SECONDS: Final = 10
RANK: Final = {"error": 4, "open": 3, "gap": 2, "claimed": 1, "programmatic": 0}
Plain = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """A stretch of the clause: plain, or the whole or a part of a token with its state and the line that encodes it."""

    text: str
    state: str = ""
    kind: str = ""
    line: int = 0
    claim: str = ""


def look(files: dict[str, str], pack_id: str, name: str, language: str) -> Plain:
    """What the page of one file shows. `late` when it takes too long to be checked; then nothing else is known."""
    today = timezone.localdate().isoformat()
    try:
        found: Plain = BENCH.ask(
            "look", LOOK_SECONDS, files=files, pack_id=pack_id, name=name, language=language, today=today
        )
    except (TooLongError, BenchError) as error:
        log.warning("file not checked", reason=str(error))
        return {"late": True, "faults": [], "pieces": [], "tally": {}, "open": []}
    clause = found.get("clause")
    found["faults"] = [{**one, "message": said_in(one["message"], language)} for one in found["faults"]]
    found["pieces"] = pieces(clause["text"], clause["tokens"]) if clause else []
    tokens = clause["tokens"] if clause else []
    found["tally"] = dict(Counter(one["state"] for one in tokens))
    found["open"] = [one for one in tokens if one["state"] == "open"]
    found["examples"] = [_example(one, language) for one in found.get("examples", [])]
    found["few"] = [{**one, "message": said_in(one["message"], language)} for one in found.get("few", [])]
    found["failed"] = sum(1 for one in found["examples"] if one["differences"])
    found["passed"] = len(found["examples"]) - found["failed"]
    found["is_measure"] = MEASURE_FILE.fullmatch(name) is not None
    return found


def pieces(text: str, tokens: list[Plain]) -> list[Piece]:
    """The text cut wherever a token begins or ends; where tokens overlap the one that needs most attention shows."""
    cuts = sorted({0, len(text), *(one["start"] for one in tokens), *(one["end"] for one in tokens)})
    found = []
    for start, end in pairwise(cuts):
        over = [one for one in tokens if one["start"] <= start and end <= one["end"]]
        top = max(over, key=lambda one: RANK[one["state"]], default=None)
        claim = top["claims"][0] if top and top["claims"] else None
        found.append(
            Piece(
                text[start:end],
                top["state"] if top else "",
                top["kind"] if top else "",
                claim["line"] if claim else 0,
                claim["what"] if claim else "",
            )
        )
    return found


def _example(one: Plain, language: str) -> Plain:
    differences = [said_in(text, language) for text in one["differences"]]
    return {**one, "differences": differences, "title": one["title"][language]}


def diagnostics(found: Plain) -> list[Plain]:
    """What the editor marks in the margin: faults with a line, unclaimed words and failed examples where they stand."""
    marked = [
        {"line": one["line"], "column": one["column"], "message": one["message"], "severity": "error"}
        for one in found["faults"]
        if one["line"]
    ]
    for one in found.get("examples", []):
        if one["differences"]:
            told = _("算例“%(title)s”：%(differences)s") % {
                "title": one["title"],
                "differences": "；".join(one["differences"]),
            }
            marked.append({"line": one["line"], "column": 0, "message": told, "severity": "warning"})
    return marked
