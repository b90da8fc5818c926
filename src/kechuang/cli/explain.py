"""`kechuang explain`: the full reasoning of one result, or of all results of one subject."""

from __future__ import annotations

import argparse
import json

from kechuang.cli.edge import bound_of
from kechuang.cli.main import OK
from kechuang.cli.words import UsageError
from kechuang.exchange.intake import Case, Intake, label
from kechuang.exchange.reading import read_file
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation import explain

MAX_NAMED = 10


def run(args: argparse.Namespace) -> int:
    """Explain a benefit, or all of them, for one subject of the file."""
    bound = bound_of(args)
    intake = read_file(args.file, bound.pack.vocabulary)
    case = _case(intake, args.subject, args.language)
    known = [benefit.benefit.id for benefit in bound.benefits]
    wanted = known if args.benefit is None else [args.benefit]
    if wanted[0] not in known:
        raise UsageError(_no_benefit(wanted[0], known))
    assessment = assess_bound(bound, case)
    told = [explain(assessment, benefit_id, args.language) for benefit_id in wanted]
    if args.json:
        data = [one.to_dict() for one in told]
        print(json.dumps(data if args.benefit is None else data[0], ensure_ascii=False, indent=2))
    else:
        print("\n\n".join(one.to_text() for one in told))
    return OK


def _case(intake: Intake, wanted: str | None, language: str) -> Case:
    """The subject asked for; the only one when none is named."""
    cases = intake.as_cases()
    if wanted is None and len(cases) == 1:
        return cases[0]
    for position, case in enumerate(cases, start=1):
        if wanted is not None and wanted.strip().upper() in {
            label(case, position).upper(),
            str(case.get("name")).upper(),
        }:
            return case
    refused = [one for one in intake.refused if wanted in {one.subject, one.name} or len(intake.refused) == 1]
    if refused and (wanted is None or refused[0].subject == wanted or not cases):
        sentences = " ".join(fault.sentence(language) for fault in refused[0].faults)
        raise UsageError(Words(f"这一主体未能读入：{sentences}", f"this subject was refused: {sentences}"))
    names = "、".join(label(case, position) for position, case in enumerate(cases[:MAX_NAMED], start=1))
    found = "没有指定主体" if wanted is None else f"没有主体“{wanted}”"
    raise UsageError(
        Words(
            f"{found}；文件中有 {len(cases):,} 户：{names}{'……' if len(cases) > MAX_NAMED else ''}。用 --subject 指定",
            f"no subject {wanted or 'named'}; the file holds {len(cases):,}: {names}. Name one with --subject",
        )
    )


def _no_benefit(wanted: str, known: list[str]) -> Words:
    from difflib import get_close_matches

    near = get_close_matches(wanted, known, 3, 0.4) or known
    listed = "、".join(near)
    return Words(f"没有事项“{wanted}”；相近的有：{listed}", f"no benefit '{wanted}'; near: {', '.join(near)}")
