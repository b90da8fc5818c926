"""The law as code: packs, the expression language, traceability, the evaluators.

A pure library without clock or network.

    from datetime import date
    from kechuang.policy import assess, load_pack, read_case

    pack = load_pack("weihai-2023-5")
    facts = read_case({"kind": "enterprise", "years": [{"year": 2023, "rd_spend": "1200万元"}]}, pack.vocabulary)
    assessment = assess(pack, facts, on=date(2024, 6, 20))

Names are loaded when first used, so that a command that needs little starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kechuang.policy.cases.assessment import assess as assess
    from kechuang.policy.cases.facts import FactsError as FactsError
    from kechuang.policy.cases.facts import read_case as read_case
    from kechuang.policy.cases.outcome import Assessment as Assessment
    from kechuang.policy.cases.outcome import Outcome as Outcome
    from kechuang.policy.cases.outcome import Result as Result
    from kechuang.policy.columns.population import PopulationResult as PopulationResult
    from kechuang.policy.columns.population import assess_table as assess_table
    from kechuang.policy.encoding.binding import bind as bind
    from kechuang.policy.encoding.loading import load_pack as load_pack
    from kechuang.policy.encoding.loading import shipped_packs as shipped_packs
    from kechuang.policy.encoding.pack import Pack as Pack
    from kechuang.policy.language.problems import PackError as PackError
    from kechuang.policy.language.vocabulary import load_vocabulary as load_vocabulary
    from kechuang.policy.words.explanation import explain as explain

_HOME: Final = {
    "Assessment": "cases.outcome",
    "FactsError": "cases.facts",
    "Outcome": "cases.outcome",
    "Pack": "encoding.pack",
    "PackError": "language.problems",
    "PopulationResult": "columns.population",
    "Result": "cases.outcome",
    "assess": "cases.assessment",
    "assess_table": "columns.population",
    "bind": "encoding.binding",
    "explain": "words.explanation",
    "load_pack": "encoding.loading",
    "load_vocabulary": "language.vocabulary",
    "read_case": "cases.facts",
    "shipped_packs": "encoding.loading",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """The public name, from its module."""
    if name not in _HOME:
        message = f"module 'kechuang.policy' has no '{name}'"
        raise AttributeError(message)
    return getattr(import_module(f"kechuang.policy.{_HOME[name]}"), name)
