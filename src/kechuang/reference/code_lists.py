"""Dated code lists beside the law: clusters, chains, lifetimes of certificates; each says whether it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kechuang.reference.tables import table


@dataclass(frozen=True)
class CodeList:
    """A list of codes; `confirmed` is False where the published list could not be read."""

    name: str
    zh: str
    en: str
    confirmed: bool
    valid_from: date | None
    members: dict[str, dict[str, Any]]


def code_list(name: str) -> CodeList:
    """Return a list by name: industrial_cluster, industry_chain, certificate. Raises LookupError for another name."""
    lists = table("code_lists")["lists"]
    if name not in lists:
        raise LookupError(f"no code list {name!r} in reference/code_lists.yaml; there are {', '.join(lists)}")
    row = lists[name]
    title = row["title"]
    return CodeList(name, title["zh"], title["en"], row["confirmed"], row["valid_from"], row["members"])
