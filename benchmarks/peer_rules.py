"""Twelve benefits in the idiom of the openfisca-core family: a variable a fact, a vectorised formula a benefit.

openfisca-core and policyengine-core share this idiom, so both are given the same rules. Sums are yuan as `float`,
which in both is 32 bits wide; whole numbers (`int`) are 32 bits wide too and cannot hold a sum in fen above 21 million
yuan. Neither knows an unknown fact: what is missing is 0 or false. `end` ends a variable with the document.
"""

from __future__ import annotations

import importlib
import re
from types import ModuleType
from typing import Any, Final

import numpy as np

YEAR: Final = "2023"
LAST_DAY: Final = "2028-07-12"
WAN: Final = 10_000

SUMS: Final = frozenset(
    {
        "9.rd_growth.spend",
        "9.rd_growth.spend_before",
        "17.growth_reward.base",
        "17.growth_reward.growth",
        "23.risk_compensation.outstanding",
        "24.loss_insurance.premium",
        "25.appraisal.fees",
        "25.insurance.premium",
        "26.talent_rd_cover.insured#2",
        "27.branch_interest.subsidised",
        "27.branch_interest.bank_balance",
    }
)
"""The ready facts that are sums; all others are true or false."""


def rd_growth(facts: Any, *, guarded: bool = True) -> np.ndarray:
    """Measure 9. `guarded`: the author has thought of a missing year before, which the clause does not mention."""
    before = facts("9.rd_growth.spend_before")
    increment = facts("9.rd_growth.spend") - before
    holds = facts("is_enterprise") * facts("9.rd_growth.above_scale") * facts("9.rd_growth.rd_activity")
    holds = holds * (facts("high_tech_enterprise") + facts("tech_sme"))
    holds = holds * (increment >= 0.1 * before) * (increment > 100 * WAN)
    if guarded:
        holds = holds * (before > 0)
    return np.where(holds, np.minimum(0.05 * increment, 100 * WAN), 0)


def growth_reward(facts: Any) -> np.ndarray:
    """Measure 17: compound growth of 10% over two intervals."""
    base = facts("17.growth_reward.base")
    grown = facts("17.growth_reward.growth") >= base * 1.1**2
    return np.where(
        facts("is_enterprise")
        * facts("17.growth_reward.certified")
        * facts("17.growth_reward.in_force")
        * (base > 0)
        * grown,
        5 * WAN,
        0,
    )


def risk_compensation(facts: Any) -> np.ndarray:
    """Measure 23."""
    holds = (
        facts("is_enterprise") * facts("tech_sme") * (facts("23.risk_compensation.outstanding") <= 2000 * WAN)
    )
    return np.where(holds, 2000 * WAN, 0)


def loss_insurance(facts: Any) -> np.ndarray:
    """Measure 24."""
    premium = facts("24.loss_insurance.premium")
    holds = (
        facts("is_enterprise")
        * facts("24.loss_insurance.insured")
        * facts("24.loss_insurance.insurer")
        * (premium > 0)
    )
    return np.where(holds, np.minimum(0.5 * premium, 20 * WAN), 0)


def appraisal(facts: Any) -> np.ndarray:
    """Measure 25."""
    fees = facts("25.appraisal.fees")
    holds = facts("is_enterprise") * facts("is_sme") * (fees > 0)
    return np.where(holds, np.minimum(0.3 * fees, 5 * WAN), 0)


def insurance(facts: Any) -> np.ndarray:
    """Measure 25."""
    premium = facts("25.insurance.premium")
    holds = facts("is_enterprise") * facts("is_sme") * (premium > 0)
    return np.where(holds, np.minimum(0.2 * premium, 2 * WAN), 0)


def talent_rd_cover(facts: Any) -> np.ndarray:
    """Measure 26."""
    insured = np.where(facts("26.talent_rd_cover.insured"), facts("26.talent_rd_cover.insured#2"), 1000 * WAN)
    return np.where(
        facts("for 26.talent_rd_cover") * facts("startup_talent") * (insured >= 1000 * WAN), insured, 0
    )


def branch_interest(facts: Any) -> np.ndarray:
    """Measure 27."""
    status = (
        facts("tech_sme")
        + facts("high_tech_enterprise")
        + facts("leading_tech")
        + facts("srdi")
        + facts("one_enterprise_one_technology")
    )
    holds = (
        facts("is_enterprise")
        * status
        * facts("27.branch_interest.branch")
        * facts("27.branch_interest.period")
    )
    base = np.minimum(facts("27.branch_interest.subsidised"), 3000 * WAN)
    amount = np.minimum(0.01 * base, 0.01 * facts("27.branch_interest.bank_balance"))
    return np.where(holds * facts("27.branch_interest.balance"), amount, 0)


def every(*names: str, amount: int) -> Any:
    """A benefit of a fixed sum on which all of some facts must hold."""

    def formula(facts: Any) -> np.ndarray:
        holds = facts(names[0])
        for name in names[1:]:
            holds = holds * facts(name)
        return np.where(holds, amount, 0)

    return formula


RULES: Final[dict[str, Any]] = {
    "9.rd_growth": rd_growth,
    "14.training_fund": every(
        "for 14.training_fund", "14.training_fund.topic", "14.training_fund.in_force", amount=50 * WAN
    ),
    "16.national_finals": every(
        "is_enterprise",
        "16.national_finals.finals",
        "16.national_finals.outstanding",
        "16.national_finals.in_force",
        amount=10 * WAN,
    ),
    "17.growth_reward": growth_reward,
    "23.risk_compensation": risk_compensation,
    "23.provincial_interest": every(
        "is_enterprise",
        "tech_sme",
        "23.provincial_interest.first_filed",
        "23.provincial_interest.repaid",
        amount=50 * WAN,
    ),
    "24.loss_insurance": loss_insurance,
    "25.appraisal": appraisal,
    "25.insurance": insurance,
    "26.talent_rd_cover": talent_rd_cover,
    "27.branch_interest": branch_interest,
    "32.popularisation": every(
        "for 32.popularisation",
        "32.popularisation.activity",
        "32.popularisation.effect",
        "32.popularisation.in_force",
        amount=10 * WAN,
    ),
}


def variable(name: str) -> str:
    """A benefit's id or a ready fact as the peers' variable: 9.rd_growth is v_9_rd_growth."""
    return "v_" + re.sub(r"\W", "_", name)


def fact_types(benefits: tuple[str, ...]) -> dict[str, type]:
    """The ready facts that the rules of some benefits ask for, found by asking: each truth, or a sum in yuan."""
    asked: dict[str, type] = {}

    def ask(name: str) -> np.ndarray:
        asked[name] = float if name in SUMS else bool
        return np.zeros(1, dtype=asked[name])

    for benefit in benefits:
        RULES[benefit](ask)
    return asked


class Framework:
    """One of the two frameworks, with these rules loaded."""

    def __init__(
        self, package: str, benefits: tuple[str, ...], *, guarded: bool = True, ends: bool = True
    ) -> None:
        self.package = package
        entities = self._module("entities")
        self.entity = entities.build_entity("enterprise", "enterprises", "An enterprise", is_person=True)
        self.system = self._module("taxbenefitsystems").TaxBenefitSystem([self.entity])
        for name, type_ in fact_types(benefits).items():
            self.system.add_variable(self._variable(variable(name), type_))
        for benefit in benefits:
            rule = RULES[benefit]
            if benefit == "9.rd_growth" and not guarded:
                rule = lambda facts: rd_growth(facts, guarded=False)  # noqa: E731
            self.system.add_variable(self._benefit(benefit, rule, ends=ends))

    def _module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.{name}")

    def _variable(self, name: str, value_type: type, **more: Any) -> Any:
        base = self._module("variables").Variable
        year = self._module("periods").YEAR
        about = {"value_type": value_type, "entity": self.entity, "definition_period": year, "label": name}
        return type(name, (base,), {**about, **more})

    def _benefit(self, benefit: str, rule: Any, *, ends: bool) -> Any:
        def formula(enterprise: Any, period: Any) -> np.ndarray:
            return rule(lambda name: enterprise(variable(name), period))

        more = {"end": LAST_DAY} if ends else {}
        return self._variable(variable(benefit), float, formula=formula, **more)

    def whole_numbers(self, values: np.ndarray) -> np.ndarray:
        """What becomes of whole numbers that are handed to a variable of whole numbers."""
        self.system.add_variable(self._variable(variable("whole fen"), int))
        return self.simulation({"whole fen": values}, YEAR).calculate(variable("whole fen"), YEAR)

    def simulation(self, facts: dict[str, np.ndarray], period: str) -> Any:
        """A simulation that holds the facts of all enterprises."""
        size = len(next(iter(facts.values())))
        simulation = (
            self._module("simulations").SimulationBuilder().build_default_simulation(self.system, size)
        )
        for name, values in facts.items():
            simulation.set_input(variable(name), period, values)
        return simulation
