"""A rubric as a form without JavaScript has it: numbered rows, the empty ones left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import QueryDict

from kechuang.fulfilment.judging.evaluated import GRADES
from kechuang.fulfilment.judging.rubrics import PHASES

SPARE: Final = 3  # empty rows for further criteria and vetoes
NUMBERS: Final = ("trim", "size", "per_case", "quorum", "outlier")


def rows_of(given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Criteria and vetoes with empty rows after them."""
    empty: dict[str, Any] = {
        "key": "",
        "title": {},
        "weight": "",
        "scale": {"least": "0", "most": "10", "step": "0.5"},
    }
    return {
        "criteria": [*given.get("criteria", []), *[empty] * SPARE],
        "vetoes": [*given.get("vetoes", []), *[{"key": "", "title": {}}] * SPARE],
        "bands": [
            {"grade": grade, "title": title, "from": _bound(given, grade)} for grade, title in GRADES.items()
        ],
    }


def given_in(data: QueryDict) -> dict[str, Any]:
    """The rubric as typed; what is no number stays text, so that the check names its place."""
    return {
        "criteria": [one for one in _criteria(data) if one["title"]["zh"]],
        "vetoes": [one for one in _vetoes(data) if one["title"]["zh"]],
        "veto": data.get("veto", ""),
        "blind": {phase: f"blind-{phase}" in data for phase in PHASES},
        "counts": data.get("counts", ""),
        **{name: _whole(data.get(name, "")) for name in NUMBERS},
        "bands": [
            {"grade": grade, "from": _whole(data.get(f"from-{grade}", ""))}
            for grade in GRADES
            if data.get(f"from-{grade}", "").strip()
        ],
    }


def _criteria(data: QueryDict) -> list[dict[str, Any]]:
    names = ("key", "zh", "en", "weight", "least", "most", "step")
    columns = [data.getlist(f"criterion-{name}") for name in names]
    compulsory = set(data.getlist("criterion-reason"))
    taken = set(columns[0])
    found = []
    for at, (key, zh, en, weight, least, most, step) in enumerate(zip(*columns, strict=False)):
        found.append(
            {
                "key": key or _free("criterion", taken),
                "title": _title(zh, en),
                "weight": _whole(weight),
                "scale": {"least": least.strip(), "most": most.strip(), "step": step.strip()},
                "reason": str(at) in compulsory,
            }
        )
    return found


def _vetoes(data: QueryDict) -> list[dict[str, Any]]:
    columns = [data.getlist(f"veto-{name}") for name in ("key", "zh", "en")]
    taken = set(columns[0])
    return [
        {"key": key or _free("veto", taken), "title": _title(zh, en)}
        for key, zh, en in zip(*columns, strict=False)
    ]


def _title(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh.strip()[:200], "en": (en.strip() or zh.strip())[:200]}


def _free(name: str, taken: set[str]) -> str:
    """A key that is not taken yet."""
    key = next(one for number in range(1, 1000) if (one := f"{name}_{number}") not in taken)
    taken.add(key)
    return key


def _whole(text: str) -> Any:
    return int(text) if text.strip().isdecimal() and len(text) < 7 else text  # noqa: PLR2004 - far above any of them


def _bound(given: Mapping[str, Any], grade: str) -> Any:
    return next((one["from"] for one in given.get("bands", []) if one["grade"] == grade), "")
