"""How people are reached: what a telephone number and an e-mail address look like, and whom to call in an office."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kechuang.accounts.models import Membership, OfficeContact, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import DEPARTMENT, Role
from kechuang.journal import actions as journal

_PHONES: Final = (
    r"(?:(?:\+|00)?86)?1[3-9]\d{9}",  # a mobile telephone
    r"(?:(?:\+|00)?86[1-9]\d{1,2}|0\d{2,3})?\d{7,8}(?:(?:转|[xX#*])\d{1,6})?",  # a landline, perhaps with extension
    r"[48]00\d{7}",  # a service number of seven digits
    r"\+[1-9]\d{6,14}",  # abroad
)
_PHONE: Final = re.compile("|".join(f"(?:{one})" for one in _PHONES))


def is_phone(text: str) -> bool:
    """Whether a text is a telephone number: spaces, hyphens and brackets within it do not matter."""
    return bool(_PHONE.fullmatch(re.sub(r"[\s\-–—()（）]", "", text)))


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address."""
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return True


@dataclass(frozen=True)
class Reached:
    """Whom to call in an office: the person, the telephone, the address; only the telephone has to be there."""

    person: str
    phone: str
    address: str


def contact_of(organisation: Organisation) -> Reached | None:
    """How an office is reached; None while nobody has stated it."""
    found = OfficeContact.objects.filter(organisation=organisation).first()
    return Reached(found.person, found.phone, found.address) if found and found.phone else None


def may_state(actor: Membership, office: Organisation) -> bool:
    """A department states how it is reached; an operator does it for every office."""
    return actor.role == Role.OPERATOR or (actor.role in DEPARTMENT and actor.organisation_id == office.pk)


def state_contact(office: Organisation, given: Reached, *, actor: Membership, at: datetime) -> None:
    """State how an office is reached, as its calls and later notices tell it; all empty: nothing is told any more.

    The same again does nothing. Raises Refused for what is no telephone number.
    """
    if not may_state(actor, office):
        raise Refused("这一步不由您办理。", "This act is not yours to do.")
    said = Reached(*(one.strip() for one in (given.person, given.phone, given.address)))
    if any((said.person, said.phone, said.address)) and not is_phone(said.phone):
        raise Refused(
            "请填写电话号码，如 0631-5231234。", "Give a telephone number such as 0631-5231234.", "phone"
        )
    with transaction.atomic():
        found, _ = OfficeContact.objects.get_or_create(organisation=office)
        found = OfficeContact.objects.select_for_update(no_key=True).get(pk=found.pk)
        if said == Reached(found.person, found.phone, found.address):
            return
        found.person, found.phone, found.address = said.person, said.phone, said.address
        found.save()
        journal.record(
            "office.contact_stated",
            f"organisation:{office.pk}",
            actor=actor,
            at=at,
            organisation_id=office.pk,
            data=asdict(said),
        )
