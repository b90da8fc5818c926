"""What changes the pool: entering, confirming, checking, removing, merging, and what experts say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from kechuang.accounts import actions as accounts
from kechuang.accounts.acting import held_on
from kechuang.accounts.models import Invitation, Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import recusal, rules
from kechuang.experts.catalogue import entry, fields, grounds, years_after
from kechuang.experts.identity import checked_id, checked_orcid, hash_of
from kechuang.experts.models import Absence, Employment, Expert, ExpertFile
from kechuang.journal import actions as journal
from kechuang.registry.actions import keep_evidence
from kechuang.registry.models import Evidence

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

State = Expert.State
LONGEST_ABSENCE: Final = 366  # days


@dataclass(frozen=True)
class Profile:
    """What is entered of an expert; title and fields are codes, exception '' unless the age asks for one."""

    name: str
    born: date
    title: str
    fields: tuple[str, ...]
    email: str
    orcid: str = ""
    exception: str = ""


def age_on(born: date, day: date) -> int:
    """Whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def shortcomings(profile: Profile, today: date) -> list[Refused]:
    """What of the rules of entry a profile does not meet, each with its field."""
    rules_of = entry()
    found = []
    if not profile.name.strip():
        found.append(Refused("请填写姓名。", "Give the name.", "name"))
    if not rules_of.is_high_enough(profile.title):
        least = rules_of.titles[rules_of.least_title]
        found.append(Refused(f"职称至少为{least.zh}。", f"The title must be {least.en} at least.", "title"))
    if profile.born >= today:
        found.append(Refused("请核对出生日期。", "Check the day of birth.", "born"))
    age = age_on(profile.born, today)
    if age > rules_of.most_age and not profile.exception.strip():
        found.append(
            Refused(
                f"年满 {age} 周岁，原则上不超过 {rules_of.most_age} 周岁；确需入库的请写明理由。",
                f"{age} years old; {rules_of.most_age} at most in principle. If needed all the same, say why.",
                "exception",
            )
        )
    if not profile.fields or set(profile.fields) - set(fields()):
        found.append(Refused("请至少选一个专业领域。", "Choose one field of expertise at least.", "fields"))
    return found


@transaction.atomic
def propose(profile: Profile, id_number: str, *, actor: Membership, at: datetime) -> Expert:
    """Enter an expert into the pool of one's department. Raises Refused, also when the person is in a pool already."""
    rules.must_enter(actor)
    _meet(profile, at)
    hashed = hash_of(checked_id(id_number, profile.born))
    known = Expert.objects.filter(id_hash=hashed).first()
    if known:
        raise _known(known, actor)
    try:
        with transaction.atomic():
            expert = Expert.objects.create(
                keeper_id=actor.organisation_id,
                id_hash=hashed,
                proposed_by=actor,
                proposed_at=at,
                **_kept(profile),
            )
    except IntegrityError:
        raise _known(Expert.objects.get(id_hash=hashed), actor) from None
    _record("proposed", expert, actor, at)
    return expert


def _known(expert: Expert, actor: Membership) -> Refused:
    """Somebody of this number is there; the name is told to the department that keeps the entry only."""
    if expert.keeper_id != actor.organisation_id:
        return Refused(
            "此人已在本市专家库，由其他部门管理，不能重复入库。",
            "This person is in the city's pool already, kept by another department.",
            "id_number",
        )
    return Refused(
        f"此人已在库：{expert.name}。请直接更新该条目，不要重复录入。",
        f"This person is in the pool already: {expert.name}. Update that entry instead.",
        "id_number",
    )


def _meet(profile: Profile, at: datetime) -> None:
    for refused in shortcomings(profile, timezone.localdate(at)):
        raise refused


def _kept(profile: Profile) -> dict[str, object]:
    return {
        "name": profile.name.strip(),
        "born": profile.born,
        "title": profile.title,
        "fields": sorted(set(profile.fields)),
        "email": profile.email.strip(),
        "orcid": checked_orcid(profile.orcid),
        "exception": profile.exception.strip(),
    }


@transaction.atomic
def change(expert: Expert, profile: Profile, *, revision: int, actor: Membership, at: datetime) -> Expert:
    """Correct an entry; the expert must agree to it anew."""
    rules.must_keep(actor, expert)
    _meet(profile, at)
    expert = _locked(expert)
    if expert.revision != revision:
        raise Refused("这一条目已有变化，请重新载入。", "This entry has changed. Reload the page.")
    new = _kept(profile)
    changed = sorted(name for name, value in new.items() if getattr(expert, name) != value)
    if changed:
        Expert.objects.filter(pk=expert.pk).update(**new, agreed_at=None, revision=revision + 1)
        _record("changed", expert, actor, at, {"fields": changed})
    return Expert.objects.get(pk=expert.pk)


@transaction.atomic
def confirm(expert: Expert, *, actor: Membership, at: datetime, no_record: bool) -> tuple[Expert, str]:
    """Take somebody into the pool, by another person than who entered them, and invite them to the site.

    no_record: the integrity file was looked at and holds nothing. Returns the expert and the code of the invitation,
    '' for somebody who has an account already.
    """
    expert = _locked(expert)
    if actor.role != Role.DECIDER or actor.organisation_id != expert.keeper_id:
        raise Refused("入库由管理部门的审定岗批准。", "The decider of the department confirms an entry.")
    if expert.state not in (State.PROPOSED, State.LAPSED):
        raise Refused("这一条目不待批准。", "This entry does not wait for confirmation.")
    if not no_record:
        raise Refused("请先查询科研诚信记录。", "Look at the integrity file first.", "no_record")
    _meet(profile_of(expert), at)
    today, code = timezone.localdate(at), ""
    invitation = expert.invitation
    if expert.membership_id is None:
        invitation, code = accounts.invite(expert.keeper, Role.EXPERT, expert.email, actor=actor, at=at)
    Expert.objects.filter(pk=expert.pk).update(
        state=State.CONFIRMED,
        reason="",
        confirmed_by=actor,
        confirmed_at=at,
        checked_on=today,
        expires_on=years_after(today, entry().term_years),
        invitation=invitation,
        revision=expert.revision + 1,
    )
    _record("confirmed", expert, actor, at)
    return Expert.objects.get(pk=expert.pk), code


def profile_of(expert: Expert) -> Profile:
    """An entry as what was entered."""
    return Profile(
        expert.name,
        expert.born,
        expert.title,
        tuple(expert.fields),
        expert.email,
        expert.orcid,
        expert.exception,
    )


@transaction.atomic
def join(invitation: Invitation, membership: Membership, at: datetime) -> None:
    """Somebody has accepted an invitation (called by accounts, in its transaction): if to a pool, it is this expert."""
    expert = Expert.objects.select_for_update().filter(invitation=invitation).first()
    if expert is None:
        return
    if (
        Expert.objects.filter(user_id=membership.user_id, merged_into__isnull=True)
        .exclude(pk=expert.pk)
        .exists()
    ):
        raise Refused(
            "您的账户已是另一位专家条目。请联系专家库管理部门合并。",
            "Your account belongs to another entry of the pool. Ask the department to merge them.",
        )
    Expert.objects.filter(pk=expert.pk).update(user_id=membership.user_id, membership=membership)
    recusal.renew(expert, at, actor=membership)


@transaction.atomic
def check(expert: Expert, *, no_record: bool, note: str, actor: Membership, at: datetime) -> Expert:
    """The yearly check: title, age, integrity file; what does not hold any more lapses, with the reason."""
    rules.must_keep(actor, expert)
    expert = _locked(expert)
    if expert.state not in (State.CONFIRMED, State.LAPSED):
        raise Refused("只核对在库专家。", "Only experts in the pool are checked.")
    today = timezone.localdate(at)
    wrong = [one.words.zh for one in shortcomings(profile_of(expert), today)]
    wrong += [] if no_record else ["科研诚信记录不合格"]
    wrong += ["任期已满"] if expert.expires_on and expert.expires_on < today else []
    state = State.LAPSED if wrong else State.CONFIRMED
    reason = "；".join(one.rstrip("。") for one in [*wrong, note.strip()] if one)
    Expert.objects.filter(pk=expert.pk).update(
        state=state, reason=reason, checked_on=today, revision=expert.revision + 1
    )
    _record("checked", expert, actor, at, {"state": state, "reason": reason})
    return Expert.objects.get(pk=expert.pk)


@transaction.atomic
def remove(expert: Expert, *, reason: str, actor: Membership, at: datetime) -> Expert:
    """Take somebody out of the pool for good, with the reason; the role ends, ties and draws stay."""
    rules.must_keep(actor, expert)
    if not reason.strip():
        raise Refused("请写明出库原因。", "Say why.", "reason")
    expert = _locked(expert)
    Expert.objects.filter(pk=expert.pk).update(
        state=State.REMOVED, reason=reason.strip(), revision=expert.revision + 1
    )
    for held in _memberships_of(expert, at):
        accounts.end(held, actor=actor, at=at)
    _record("removed", expert, actor, at, {"reason": reason.strip()})
    return Expert.objects.get(pk=expert.pk)


def _memberships_of(expert: Expert, at: datetime) -> list[Membership]:
    """What a person holds in the pool, by whichever of the entries that were merged and of their accounts."""
    same = recusal.People()
    person = same.of(expert.pk, None)
    held = held_on(timezone.localdate(at)).filter(role=Role.EXPERT, organisation=expert.keeper_id)
    return list(held.filter(user__in=same.users_of(person) if person else ()))


@transaction.atomic
def merge(gone: Expert, into: Expert, *, reason: str, actor: Membership, at: datetime) -> Expert:
    """Two entries are one person: `gone` leaves the pool, all ties, works and accounts of both count for `into`."""
    for one in (gone, into):
        rules.must_keep(actor, one)
    if gone.pk == into.pk:
        raise Refused("请选择另一条目。", "Choose another entry.", "into")
    if not reason.strip():
        raise Refused("请写明为何认定为同一人。", "Say why they are one person.", "reason")
    locked = {
        one.pk: one
        for one in Expert.objects.select_for_update(of=("self",)).filter(pk__in=sorted([gone.pk, into.pk]))
    }
    gone, into = locked[gone.pk], locked[into.pk]
    if gone.merged_into_id or into.merged_into_id:
        raise Refused("其中一条已经合并过。", "One of them was merged already.", "into")
    Expert.objects.filter(pk=gone.pk).update(
        merged_into=into, state=State.REMOVED, reason=reason.strip(), revision=gone.revision + 1
    )
    if into.membership_id is None and gone.membership_id:
        Expert.objects.filter(pk=into.pk).update(membership=gone.membership_id, user=gone.user_id)
    recusal.renew(into, at, actor=actor)
    _record("merged", into, actor, at, {"gone": gone.pk, "reason": reason.strip()})
    return Expert.objects.get(pk=into.pk)


def doubles_of(expert: Expert) -> list[Expert]:
    """Entries that may be the same person: the same ORCID, or name and day of birth, or account's address."""
    others = Expert.objects.filter(merged_into__isnull=True, keeper=expert.keeper_id).exclude(pk=expert.pk)
    same = others.filter(name=expert.name, born=expert.born) | others.filter(email__iexact=expert.email)
    if expert.orcid:
        same |= others.filter(orcid=expert.orcid)
    return list(same)


@transaction.atomic
def agree(expert: Expert, *, actor: Membership, at: datetime) -> None:
    """The expert says that the profile is right and that no interest is missing."""
    _must_be_self(actor, expert)
    Expert.objects.filter(pk=expert.pk).update(agreed_at=at)
    _record("agreed", expert, actor, at)


@transaction.atomic
def add_absence(
    expert: Expert, since: date, until: date, note: str, *, actor: Membership, at: datetime
) -> Absence:
    """The expert cannot come on these days."""
    _must_be_self(actor, expert)
    if until < since:
        raise Refused("结束日早于开始日。", "The last day is before the first.", "until")
    if until - since > timedelta(days=LONGEST_ABSENCE):
        raise Refused("一次最多一年。", "A year at most at a time.", "until")
    made = Absence.objects.create(expert=expert, since=since, until=until, note=note.strip())
    _record("absent", expert, actor, at, {"since": since.isoformat(), "until": until.isoformat()})
    return made


@transaction.atomic
def drop_absence(absence: Absence, *, actor: Membership, at: datetime) -> None:
    """The expert can come after all."""
    _must_be_self(actor, absence.expert)
    said = {"since": absence.since.isoformat(), "until": absence.until.isoformat()}
    absence.delete()
    _record("present", absence.expert, actor, at, said)


@transaction.atomic
def employ(
    expert: Expert, organisation: Organisation | None, employer: str, days: tuple[date | None, date | None],
    *, actor: Membership, at: datetime,
) -> Employment:  # fmt: skip
    """Where the expert works or worked, entered by the expert or by the department."""
    _may_tell(actor, expert)
    if organisation is None and not employer.strip():
        raise Refused("请填写单位。", "Name the employer.", "employer")
    if days[0] and days[1] and days[1] < days[0]:
        raise Refused("结束日早于开始日。", "The last day is before the first.", "ended_on")
    made = Employment.objects.create(
        expert=expert,
        organisation=organisation,
        employer=employer.strip(),
        began_on=days[0],
        ended_on=days[1],
        stated_by=actor,
        stated_at=at,
    )
    recusal.renew(expert, at, actor=actor)
    _record("employed", expert, actor, at, {"employment": made.pk})
    return made


@transaction.atomic
def leave(employment: Employment, ended_on: date, *, actor: Membership, at: datetime) -> None:
    """An employment has ended on a day; it keeps away for the years of the look-back.

    By the expert's own word alone nobody is freed: a day before the look-back is entered by the department.
    """
    _may_tell(actor, employment.expert)
    still = grounds()["employer"].holds(employment.began_on, ended_on, timezone.localdate(at))
    if not still and not rules.may_keep(actor, employment.expert):
        raise Refused(
            "离职早已超过回避年限的，由管理部门核实后登记。",
            "A day so long ago that nothing keeps you away is entered by the department, which looks into it.",
            "ended_on",
        )
    if employment.ended_on or (employment.began_on and ended_on < employment.began_on):
        raise Refused("请核对离职日期。", "Check the day.", "ended_on")
    Employment.objects.filter(pk=employment.pk).update(ended_on=ended_on)
    recusal.renew(employment.expert, at, actor=actor)
    _record("left", employment.expert, actor, at, {"employment": employment.pk})


@transaction.atomic
def add_file(expert: Expert, upload: UploadedFile[bytes], *, actor: Membership, at: datetime) -> ExpertFile:
    """Keep a file that proves what stands in the entry; only the department and the expert may open it."""
    _may_tell(actor, expert)
    return attach(expert, keep_evidence(upload, expert.keeper, actor=actor, at=at), actor=actor, at=at)


@transaction.atomic
def attach(expert: Expert, kept: Evidence, *, actor: Membership, at: datetime) -> ExpertFile:
    """Put a file that was kept before beside the entry."""
    _may_tell(actor, expert)
    if ExpertFile.objects.filter(evidence=kept).exclude(expert=expert).exists():
        raise Refused("这份文件已属于另一位专家。", "This file belongs to another expert already.", "file")
    given = {"expert": expert, "added_by": actor, "added_at": at}
    return ExpertFile.objects.get_or_create(evidence=kept, defaults=given)[0]


@transaction.atomic
def lapse_overdue(at: datetime) -> int:
    """By the clock: whose yearly check is overdue or whose term is over lapses, until looked at; how many did."""
    today, done = timezone.localdate(at), 0
    for expert in Expert.objects.select_for_update().filter(state=State.CONFIRMED):
        over = expert.expires_on is not None and expert.expires_on < today
        if over or rules.check_due_on(expert) < today:
            reason = "任期已满" if over else "年度核对逾期"
            Expert.objects.filter(pk=expert.pk).update(
                state=State.LAPSED, reason=reason, revision=expert.revision + 1
            )
            _record("lapsed", expert, journal.CLOCK, at, {"reason": reason})
            done += 1
    return done


def _locked(expert: Expert) -> Expert:
    return (
        Expert.objects.select_for_update(of=("self",))
        .select_related("keeper", "membership")
        .get(pk=expert.pk)
    )


def _must_be_self(actor: Membership, expert: Expert) -> None:
    if actor.role != Role.EXPERT or expert.user_id != actor.user_id:
        raise Refused("由专家本人办理。", "Only the expert does this.")


def _may_tell(actor: Membership, expert: Expert) -> None:
    if not rules.may_keep(actor, expert):
        _must_be_self(actor, expert)


def _record(
    what: str,
    expert: Expert,
    actor: Membership | journal.Clock,
    at: datetime,
    data: Mapping[str, object] | None = None,
) -> None:
    journal.record(f"expert.{what}", f"expert:{expert.pk}", actor=actor, at=at, data=data)
