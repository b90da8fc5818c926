"""Who may see a case and who may act on it. Pages, API and templates ask here and nowhere else."""

from __future__ import annotations

from collections.abc import Hashable

from django.db.models import CharField, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import away_from, may_be_recused
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, FINANCE, READERS, Role
from kechuang.fulfilment.models import Approval, Call, Case, Document, Notice
from kechuang.fulfilment.noting import NOTES
from kechuang.fulfilment.parties import with_party
from kechuang.fulfilment.table import CLOCK_ROLE, Transition, voices
from kechuang.journal.actions import Clock
from kechuang.registry.models import Evidence, Fact

UNSENT = ("draft", "offered")
OF_ALL_CASES = ("call.allocated", "call.ranked", "call.settled", "call.bids_opened")
"""Events of a call that name its cases."""
SEALED = Q(call__sealed=True, call__opened_at__isnull=True)
DETERMINED = (
    "determined", "noticed", "cleared", "decided", "contracting", "running", "completed", "failed", "paid",
    "breached", "heard", "recovering", "recovered", "closed",
)  # fmt: skip


def may_act(actor: Membership | Clock, rule: Transition, case: Case) -> bool:
    """Whether the table and the actor's place let it do this act on this case."""
    return is_for(actor, rule, case) and (isinstance(actor, Clock) or may_see(actor, case))


def is_for(actor: Membership | Clock, rule: Transition, case: Case) -> bool:
    """Whether the table gives this act on a case that the actor sees to its role and place."""
    if isinstance(actor, Clock):
        return CLOCK_ROLE in rule.who
    return actor.role in rule.who and _in_place(actor, rule, case)


def may_see(actor: Membership, case: Case) -> bool:
    """Whether the case is visible to this membership."""
    return visible_cases(actor).filter(pk=case.pk).exists()


def visible_cases(actor: Membership) -> QuerySet[Case]:
    """The cases that this membership may see; everybody else's are as if they were not there, in counts too.

    Whoever stays away from an organisation (accounts.Recusal) sees no case of it, nor of a consortium that it is in,
    whatever the office; in its own affairs an applicant is a party, not a judge. A sealed bid is seen by its bidder
    alone until all bids of the call are opened.
    """
    return Case.objects.filter(seen_by(actor)).exclude(kept_from(actor))


def cases_owed_an_answer(reviewer: Membership) -> QuerySet[Case]:
    """Those of `visible_cases` that wait for a reviewer's answer, each with the `day` by which it is due.

    Whoever owes an answer was asked. Said once more of the case (`asked`), the database would take the two for
    unrelated, expect next to nothing, and sort all instead of beginning with what is due first.
    """
    owed = with_answer(Case.objects.filter(~SEALED).exclude(kept_from(reviewer)), reviewer)
    return owed.filter(Q(answer__isnull=False))


def with_answer(cases: QuerySet[Case], reviewer: Membership) -> QuerySet[Case]:
    """The cases with the `answer` that a reviewer still owes, if any, and the `day` by which it is due."""
    pending = Q(
        approvals__kind=reviewer.scope,
        approvals__result=Approval.Result.PENDING,
        approvals__voided_at__isnull=True,
    )
    related = cases.annotate(own=FilteredRelation("approvals", condition=pending))
    return related.annotate(day=F("own__due_on"), answer=F("own__pk"))


def statement_key(actor: Membership) -> tuple[Hashable, ...]:
    """What `visible_cases` asks of somebody in an office: part of the key of a kept statement (journal.statements)."""
    return actor.role, actor.organisation_id, actor.scope, actor.user_id if may_be_recused(actor) else None


def sees_whole(actor: Membership) -> bool:
    """Whether one who sees a case sees all of it: a reviewer gets what its own gate rests on, and no sums."""
    return actor.role != Role.REVIEWER


def kept_from(actor: Membership) -> Q:
    """The cases of organisations that one stays away from, and of consortia that these are in; on Case."""
    return with_party(away_from(actor))


def applies_to_all(actor: Membership, call: Call) -> None:
    """Refuse an act on all cases of a call to whoever stays away from one of those who applied."""
    if call.cases.filter(kept_from(actor)).exists():
        raise Refused(
            "这项操作涉及您需回避的单位，请交由同事办理。",
            "This concerns an organisation that you stay away from; a colleague does it.",
        )


def sealed_cases() -> QuerySet[Case]:
    """Bids that nobody but their bidders may see yet: not the row, not the number, not how many there are."""
    return Case.objects.filter(SEALED)


def of_sealed_cases() -> Q:
    """The events of the journal that tell of sealed bids: auditors read them once the bids are opened."""
    subjects = Concat(Value("case:"), Cast("pk", CharField()))
    return Q(subject__in=sealed_cases().annotate(subject=subjects).values("subject"))


def of_organisations(organisations: list[int]) -> Q:
    """The events of the journal that tell of these organisations: of their cases, and of what these lay in together.

    Panels, and the acts over a whole call that name its cases. Notices are public and stay.
    """
    cases, calls, subjects = Case.objects.filter(with_party(organisations)), set(), set()
    for case, call, panel in cases.values_list("pk", "call", "panel_cases__panel"):
        calls.add(f"call:{call}")
        subjects |= {f"case:{case}", f"{NOTES}:{case}", f"panel:{panel}"}
    return Q(subject__in=subjects) | Q(kind__in=OF_ALL_CASES, subject__in=calls)


def without_sealed(actor: Membership, files: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """The files without those of sealed bids that nothing else rests on; a bidder's own stay."""
    if actor.role in APPLICANTS:
        return files
    handed_in = Document.objects.filter(evidence=OuterRef("pk"), removed_at__isnull=True)
    of_bids, of_others = (
        handed_in.filter(case__in=sealed_cases()),
        handed_in.exclude(case__in=sealed_cases()),
    )
    facts = Fact.objects.filter(evidence=OuterRef("pk"))
    return files.exclude(Q(Exists(of_bids)) & ~Q(Exists(of_others)) & ~Q(Exists(facts)))


def without_foreign(actor: Membership, files: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """A department's officers without the files handed in to cases of others alone, which no fact rests on."""
    if actor.role not in DEPARTMENT:
        return files
    handed_in = Document.objects.filter(evidence=OuterRef("pk"), removed_at__isnull=True)
    of_cases_seen = handed_in.filter(case__in=visible_cases(actor))
    facts = Fact.objects.filter(evidence=OuterRef("pk"))
    return files.exclude(Q(Exists(handed_in)) & ~Q(Exists(of_cases_seen)) & ~Q(Exists(facts)))


def visible_calls(actor: Membership | None) -> QuerySet[Call]:
    """Published calls are for everybody; drafts for the department that writes them and for readers."""
    published = ~Q(state__in=[Call.State.DRAFT, Call.State.WITHDRAWN])
    if actor and actor.role in DEPARTMENT:
        return Call.objects.filter(published | Q(department_id=actor.organisation_id))
    if actor and actor.role in READERS:
        return Call.objects.all()
    return Call.objects.filter(published)


def may_manage(actor: Membership, call: Call) -> bool:
    """Whether this officer's department runs the call."""
    return actor.role in DEPARTMENT and call.department_id == actor.organisation_id


def may_take_back(actor: Membership, notice: Notice) -> bool:
    """Whether one may withdraw a notice: its cases are determined anew, so it is for who determines."""
    return actor.role == Role.DECIDER and may_manage(actor, notice.call)


def sees_evidence(actor: Membership, evidence: Evidence) -> bool:
    """Whether a file belongs to a case before this office: any of a district, of a reviewer what the gate rests on."""
    mine = visible_cases(actor).filter(organisation=evidence.organisation_id)
    if actor.role == Role.DISTRICT:
        return mine.exists()
    if actor.role != Role.REVIEWER or actor.scope not in voices():
        return False
    rests_on = voices()[actor.scope].rests_on or ()
    handed_in = (
        "documents" in rests_on and evidence.documents.filter(case__in=mine, removed_at__isnull=True).exists()
    )
    return handed_in or (evidence.facts.filter(record__in=rests_on).exists() and mine.exists())


def _in_place(actor: Membership, rule: Transition, case: Case) -> bool:
    """What visibility does not settle: a reviewer answers for its own gate, a district officer at its own stage."""
    if actor.role == Role.DISTRICT and rule.command == "send_back":
        return case.state == "submitted" and case.call.recommended
    if actor.role == Role.REVIEWER:
        return case.approvals.filter(kind=actor.scope, voided_at__isnull=True, result="pending").exists()
    return True


def seen_by(actor: Membership) -> Q:
    """What this office may see of all cases, as a condition on Case and, but for applicants, on Tally; else nothing."""
    own = Q(organisation_id=actor.organisation_id)
    department = Q(department_id=actor.organisation_id) & ~Q(state="draft")
    seen = {
        **dict.fromkeys(APPLICANTS, own),
        **dict.fromkeys(DEPARTMENT, department),
        **dict.fromkeys(FINANCE, Q(state__in=DETERMINED)),
        **dict.fromkeys(READERS, ~Q(state="draft")),
        Role.DISTRICT: Q(district=actor.scope) & ~Q(state__in=UNSENT),
        Role.REVIEWER: Q(asked__contains=[actor.scope]),
    }
    found = seen.get(Role(actor.role), Q(pk__in=[]))
    return found if actor.role in APPLICANTS else found & ~SEALED
