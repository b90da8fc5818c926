"""Measure 24: what a bank states as newly granted against the loans on file that keep the terms of the clause.

Filing checks it once; loans are corrected, undone or set aside later, so it is looked at again whenever the sum of the
bank's case is determined or decided on. A loan of which a term is unknown counts; one that is known to miss a term does
not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, cast

from kechuang.entitlements import versions
from kechuang.finance.filing.kinds import number_of
from kechuang.finance.models import FiledLine
from kechuang.fulfilment.models import Case
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.values import typed_of

BENEFIT: Final = "24.bank_risk"
LOAN: Final = "24.loan"
CEILING: Final = "ceiling"
TERMS: Final = ("within", "unsecured", "term", "rate")
"""Conditions of the loan's benefit that are about the loan itself."""
MOST_NAMED: Final = 5


def question_about(case: Case) -> Words | None:
    """Why the bank's sum waits: it states more than its loans of the year that keep the terms; else None."""
    if case.call.benefit != BENEFIT:
        return None
    stated = _stated(case.organisation_id, case.year)
    if stated is None:
        return None
    bound = bind(versions.pack_of(case.version_id), case.on, case.year, case.call.readings)
    lent = list(loans_of(case.organisation_id, case.year))
    missing = [one for one in lent if not keeps_terms(one.values, bound)]
    counted = _counted([one for one in lent if one not in missing], bound)
    if stated <= counted:
        return None
    named = [number_of(one.values) for one in missing[:MOST_NAMED]]
    why = Words(
        f"，其中 {len(missing)} 笔不合条款（{'、'.join(named)}）未计入" if named else "",
        f"; {len(missing)} that miss the terms ({', '.join(named)}) do not count" if named else "",
    )
    return Words(
        f"银行所报当年新增攻关贷余额 {yuan(stated)} 元，"
        f"超过在册的当年攻关贷本金合计 {yuan(counted)} 元（每家企业以额度为限）{why.zh}：请银行更正后再办理。",
        f"The bank states {yuan(stated)} yuan as newly granted, more than the {yuan(counted)} yuan of bottleneck loans "
        f"of the year on file, of each enterprise no more than its limit{why.en}. The bank corrects it first.",
    )


def _counted(loans: Iterable[FiledLine], bound: Bound) -> int:
    """The principal of loans, of one enterprise no more than what it may be lent under the clause at a time."""
    most = cast("int", bound.value_of(bound.pack.benefit(LOAN).parameters[CEILING]))
    by_firm: defaultdict[int, int] = defaultdict(int)
    for one in loans:
        by_firm[one.organisation_id] += one.values["principal"]
    return sum(min(lent, most) for lent in by_firm.values())


def loans_of(bank: int, year: int) -> Iterable[FiledLine]:
    """The standing lines of the bottleneck loans that a bank signed in a year."""
    lines = FiledLine.objects.filter(
        filer=bank, record="loans", values__kind="bottleneck", ended_at__isnull=True
    )
    return (one for one in lines if date.fromisoformat(one.values["signed_on"]).year == year)


def _stated(bank: int, year: int) -> int | None:
    own = FiledLine.objects.filter(
        filer=bank,
        organisation=bank,
        record="balances",
        values__kind="bottleneck_new",
        values__year=year,
        ended_at__isnull=True,
    ).first()
    return None if own is None else int(own.values["amount"])


def keeps_terms(values: Mapping[str, Any], bound: Bound) -> bool:
    """Whether no term is known to be missed by this loan, read by itself."""
    fields = load_vocabulary().records["loans"].fields
    loan = {name: typed_of(value, fields[name].type) for name, value in values.items() if name in fields}
    loan["cooperating"] = (
        True  # of the bank, not of the loan: the engine stops at the first condition that fails
    )
    result = assess_bound(bound, {"kind": "enterprise", "loans": [loan]}, frozenset({LOAN})).results[LOAN]
    terms = {one.key: result.values.get(node) for one, node in result.bound.conditions}
    return all(terms.get(name) is not False for name in TERMS)
