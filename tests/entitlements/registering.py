"""Organisations with facts, for tests of what they stand to get."""

from __future__ import annotations

from factories import AT, make_organisation
from kechuang.accounts.models import Organisation
from kechuang.registry.models import Fact


def fact(organisation, record, field, value, key="", **more) -> Fact:
    given = {"known_from": AT, "source": "declared", **more}
    return Fact.objects.create(
        organisation=organisation, record=record, key=key, field=field, value=value, **given
    )


def enterprise_with_growth(spend: int = 900_000_000, before: int = 600_000_000, **more) -> Organisation:
    """A high-tech enterprise above scale; its R&D spend of 2025 and 2024 in fen."""
    one = make_organisation(**more)
    fact(one, "statuses", "kind", "high_tech_enterprise", key="high_tech_enterprise||2024")
    fact(one, "statuses", "granted_on", "2024-12-12", key="high_tech_enterprise||2024")
    fact(one, "statuses", "expires_on", "2027-12-11", key="high_tech_enterprise||2024")
    fact(one, "years", "rd_spend", spend, key="2025")
    fact(one, "years", "above_scale", value=True, key="2025")
    fact(one, "years", "has_rd_activity", value=True, key="2025")
    fact(one, "years", "rd_spend", before, key="2024")
    return one
