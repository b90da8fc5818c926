"""The invented city as its history is lived: who there is, what day it is, and what every application hands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile

from kechuang.accounts.models import Membership, Organisation, User
from kechuang.accounts.roles import Role
from kechuang.demonstration.people import SINCE
from kechuang.exchange.paper import pdf_of
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.models import Case
from kechuang.registry import actions as registry

WAN: Final = 1_000_000  # fen
DISTRICTS: Final = (
    "huancui",
    "gaoqu",
    "jingqu",
    "wendeng",
    "rongcheng",
)  # 乳山 has no account: its cases wait


def day(month: int, number: int, hour: int = 10) -> datetime:
    """That hour in Weihai, in 2026."""
    return datetime(2026, month, number, hour, tzinfo=UTC) - timedelta(hours=8)


BEGINS: Final = day(2, 2)
OPENS: Final = day(9, 7)  # where the demonstration's clock stands when it begins


@dataclass
class City:
    """The people of the offices by user name, and the units of the register."""

    people: Mapping[str, Membership]
    units: Sequence[Organisation]
    managers: dict[int, Membership]

    def manager(self, organisation: Organisation) -> Membership:
        """Who acts for an organisation; a person without a password where people.yaml has nobody."""
        found = self.managers.get(organisation.pk)
        if found is None:
            found = self.managers[organisation.pk] = _ghost(organisation)
        return found

    def district(self, case: Case) -> Membership:
        """The district officer of a case."""
        return next(self.people[name] for name in DISTRICTS if self.people[name].scope == case.district)

    def has_officer(self, organisation: Organisation) -> bool:
        """Whether anybody recommends what this organisation applies for."""
        return organisation.district in {self.people[name].scope for name in DISTRICTS}


def _ghost(organisation: Organisation) -> Membership:
    """Somebody who applied and cannot sign in here."""
    user = User.objects.create_user(f"unit{organisation.pk}", name=f"{organisation.name[:12]}经办")
    return Membership.objects.create(user=user, organisation=organisation, role=Role.MANAGER, since=SINCE)


def send_in(case: Case, manager: Membership, at: datetime) -> Case:
    """Account, documents and declaration of an application; then it is submitted."""
    organisation = manager.organisation
    number = f"62284804{organisation.pk:011d}"
    applying.state_account(case, organisation.name, "威海银行（演示）", number, actor=manager, at=at)
    for document in case.call.documents:
        title = document["title"]["zh"]
        upload = SimpleUploadedFile(f"{title}.pdf", _paper(organisation, title), "application/pdf")
        kept = registry.keep_evidence(upload, organisation, actor=manager, at=at)
        applying.hand_in(case, document["key"], kept, actor=manager, at=at)
    applying.agree(case, agreed=True, actor=manager, at=at)
    return workflow.apply(case, "submit", actor=manager, at=at)


def _paper(organisation: Organisation, title: str) -> bytes:
    """A page that says what it stands for."""
    said = (escape(one) for one in (title, organisation.name, "演示材料，内容从略。"))
    return pdf_of("<html lang=zh-CN><title>{0}</title><h1>{0}</h1><p>{1}</p><p>{2}</p></html>".format(*said))
