"""What reads things. A run is readable by whoever has its address; nothing lists runs."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default
from datetime import timedelta
from typing import Any, Final

import pyarrow.parquet as pq
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from kechuang.entitlements.models import RowFault, Run, Subject
from kechuang.entitlements.packs import bound_of
from kechuang.entitlements.versions import pack_then
from kechuang.entitlements.working import DIGITS, FACTS, FACTS_GROUP, OUTCOMES
from kechuang.policy.cases.assessment import assess_bound
from kechuang.policy.cases.outcome import Assessment, Outcome
from kechuang.policy.columns.casting import to_cases
from kechuang.policy.encoding.pack import Benefit
from kechuang.policy.language.vocabulary import SUBJECT, Field, RecordKind

SORTS: Final = {
    "position": ("position",),
    "name": ("name", "position"),
    "entitled": ("-entitled_fen", "position"),
    "ceiling": ("-ceiling_fen", "position"),
    "undetermined": ("-undetermined", "position"),
}
LOST_JOBS: Final = ("failed", "aborted", "cancelled")


def run_at(run_id: str) -> Run:
    """The run at an address; 404 when there is none or its time is over. A run whose job was given up has failed."""
    run = Run.objects.filter(pk=run_id, expires_at__gt=timezone.now()).first()
    if run is None:
        raise Http404
    if not run.ended and ProcrastinateJob.objects.filter(pk=run.job, status__in=LOST_JOBS).exists():
        zh, en = "处理中断，请重新上传", "the work was interrupted; upload the file again"
        run.state, run.problem = Run.State.FAILED, {"zh": zh, "en": en}
        run.save(update_fields=["state", "problem"])
    return run


def waiting_before(run: Run) -> int:
    """How many runs stand in the queue before this one."""
    recent = timezone.now() - timedelta(days=1)
    return Run.objects.filter(
        state=Run.State.WAITING, created_at__gt=recent, created_at__lt=run.created_at
    ).count()


@dataclass(frozen=True)
class Filters:
    """What narrows a list of subjects, as it stands in the address bar; empty: not narrowed."""

    q: str = ""
    kind: str = ""
    district: str = ""
    outcome: str = ""
    benefit: str = ""
    sort: str = "position"


def subjects(run: Run, chosen: Filters) -> QuerySet[Subject]:
    """The run's subjects that fit the filters, sorted. `outcome` is that of `benefit`, or else of any benefit."""
    found = Subject.objects.filter(run=run)
    if chosen.q:
        found = found.filter(Q(name__icontains=chosen.q) | Q(code__icontains=chosen.q))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.district:
        found = found.filter(district=chosen.district)
    outcome = chosen.outcome if chosen.outcome in set(OUTCOMES) else ""
    ids = [one["id"] for one in run.benefits]
    if outcome and chosen.benefit in ids:
        before = ids.index(chosen.benefit)
        found = found.filter(outcomes__regex=f"^.{{{before}}}{DIGITS[Outcome(outcome)]}")
    elif outcome:
        found = found.filter(**{f"{outcome}__gt": 0})
    return found.order_by(*SORTS.get(chosen.sort, SORTS["position"]))


def sums(found: QuerySet[Subject]) -> dict[str, int]:
    """Of the subjects found: `count`, `entitled_fen` and `ceiling_fen`, and by outcome the number of benefits."""
    asked = found.order_by().aggregate(
        count=Count("id"),
        entitled_sum=Sum("entitled_fen"),
        ceiling_sum=Sum("ceiling_fen"),
        **{str(outcome): Sum(str(outcome)) for outcome in OUTCOMES},
    )
    return {key: int(value or 0) for key, value in asked.items()}


def choices(run: Run) -> dict[str, list[str]]:
    """The kinds and districts that occur among the run's subjects."""
    pairs = Subject.objects.filter(run=run).order_by().values_list("kind", "district").distinct()
    kinds, districts = {kind for kind, _ in pairs if kind}, {district for _, district in pairs if district}
    return {"kinds": sorted(kinds), "districts": sorted(districts)}


@dataclass(frozen=True)
class BenefitTotal:
    """One benefit over all subjects of a run."""

    benefit: Benefit
    counts: dict[str, int] = default(default_factory=dict)
    entitled_fen: int = 0
    ceiling_fen: int = 0


def benefit_totals(run: Run) -> list[BenefitTotal]:
    """The run's benefits in the order of the document; those that the pack no longer has are left out."""
    known = {benefit.id: benefit for benefit in pack_then(run.pack, run.pack_hash).benefits}
    return [
        BenefitTotal(
            known[one["id"]],
            dict(zip(map(str, OUTCOMES), one["counts"], strict=True)),
            one["entitled_fen"],
            one["ceiling_fen"],
        )
        for one in run.benefits
        if one["id"] in known
    ]


def faults(run: Run) -> QuerySet[RowFault]:
    """What was found wrong in the file."""
    return RowFault.objects.filter(run=run)


def subject_at(run: Run, position: int) -> Subject:
    """One subject of a run; 404 when there is none."""
    found = Subject.objects.filter(run=run, position=position).first()
    if found is None:
        raise Http404
    return found


def facts_of(run: Run, position: int) -> dict[str, Any]:
    """The facts of one subject as they were read from the file."""
    place = position - 1
    with pq.ParquetFile(run.folder / FACTS) as file:
        group = file.read_row_group(place // FACTS_GROUP)
    row = group.slice(place % FACTS_GROUP, 1)
    return next(iter(to_cases(row, pack_then(run.pack, run.pack_hash).vocabulary)))


def assessment_of(run: Run, position: int) -> Assessment:
    """One subject's assessment with every intermediate value, worked out anew from its kept facts."""
    return assess_bound(bound_of(run), facts_of(run, position))


@dataclass(frozen=True)
class WantedFact:
    """A fact that would settle something: its sheet and field (None: the whole sheet), for how many, for what."""

    kind: RecordKind
    field: Field | None
    subjects: int
    benefits: list[Benefit]


def wanted(run: Run) -> list[WantedFact]:
    """The facts that are missing, the most wanted first."""
    pack = pack_then(run.pack, run.pack_hash)
    known = {benefit.id: benefit for benefit in pack.benefits}
    found = []
    for one in run.missing:
        record, _, name = one["fact"].rpartition(".")
        if name in pack.series:
            continue  # a quote that the reference data lack is nothing that a visitor can hand in
        if not record:
            record, name = (name, "") if name in pack.vocabulary.records else (SUBJECT, name)
        kind = pack.vocabulary.records[record]
        benefits = [known[key] for key in one["benefits"] if key in known]
        found.append(WantedFact(kind, kind.fields.get(name), one["subjects"], benefits))
    return found
