"""A bid is about a project that does not exist yet: what it is assessed on before, and after, it is selected.

The need fixes what kind of project it would be. Whether it is selected is for the department to say, so it stays
unknown until then. Measure 7 pays by results: a contract pays each stage when its milestone is accepted, so until the
whole is accepted and graded the lowest grade that may be paid is supposed (docs/projects.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kechuang.fulfilment.models import Case

PROJECTS: Final = "projects"
OF_SELECTION: Final = frozenset({(PROJECTS, "selected"), (PROJECTS, "selected_on")})
"""What only the department states, when it selects."""
RESULTS: Final = "results"
"""The field that holds the grade of the acceptance."""
SUPPOSED_GRADE: Final = "pass"


def need_of(case: Case) -> dict[str, Any]:
    """The need that a bid is about, as the call names it. Raises LookupError when it names none of that number."""
    found = next((one for one in case.call.needs if one["number"] == case.key), None)
    if found is None:
        message = f"call {case.call.number} names no need '{case.key}'"
        raise LookupError(message)
    return dict(found)


def supposed(case: Case, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with the project that the bid is about: as it is known, or as the need says it would be."""
    rows = [dict(one) for one in facts.get(PROJECTS) or []]
    row = next((one for one in rows if one.get("code") == case.key), None)
    if row is None:
        row = project_of(case)
        rows.append(row)
    if row.get(RESULTS) is None:
        row[RESULTS] = SUPPOSED_GRADE
    return {**facts, PROJECTS: rows}


def unaccepted(case: Case, facts: Mapping[str, Any]) -> bool:
    """Whether the project of a bid has no grade of its acceptance yet, so that one is supposed."""
    rows = facts.get(PROJECTS) or []
    return not any(one.get("code") == case.key and one.get(RESULTS) is not None for one in rows)


def project_of(case: Case) -> dict[str, Any]:
    """What the need says of the project: everything but its selection."""
    need = need_of(case)
    together = case.pk is not None and case.members.exists()
    return {
        "code": case.key,
        "name": need["title"]["zh"],
        "organisation": need["form"],
        "need_kind": need["kind"],
        "level": "municipal",
        "role": "lead",
        "by_consortium": together,
    }
