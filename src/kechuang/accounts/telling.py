"""Messages of this room that go out from the background."""

from __future__ import annotations

from django.db import transaction

from kechuang.accounts import queries
from kechuang.accounts.models import Claim
from kechuang.accounts.roles import Role
from kechuang.journal import actions as journal
from kechuang.journal.models import Event


@transaction.atomic
def tell_of_claim(claim_id: int) -> None:
    """Tell the managers of the organisation, or the operators where it has none."""
    claim = Claim.objects.select_related("organisation", "user").get(pk=claim_id)
    subject = f"organisation:{claim.organisation_id}"
    event = Event.objects.filter(kind="membership.claimed", subject=subject, data__claim=claim.pk).first()
    if claim.decided_at or event is None:
        return
    managers = list(queries.people_of(claim.organisation_id, [Role.MANAGER]))
    told = managers or list(queries.operators())
    name, person = claim.organisation.name, claim.user.name
    journal.tell(
        [(one.user_id, one.pk) for one in told],
        event=event,
        title={"zh": f"{person}申请管理{name}", "en": f"{person} asks to manage {name}"},
        body={
            "zh": f"{person}说自己是{name}的管理人员。请核实后确认或拒绝。",
            "en": f"{person} says to be a manager of {name}. Check it, then confirm or refuse.",
        },
        link="/people/" if managers else "/people/claims",
    )
