"""The roles of the house: what each is for, and how wide it sees."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.db import models
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

_LABEL: Final = re.compile(r"([^（]+)（(.+) ([^ ]+)）", re.DOTALL)
"""Whom an event names: name, organisation and role, see models.Membership.label."""


class Role(models.TextChoices):
    """What a membership lets a person do for its organisation."""

    MANAGER = "manager", _("单位管理员")
    CLERK = "clerk", _("经办人")
    DISTRICT = "district_officer", _("区市推荐岗")
    OFFICER = "officer", _("部门经办岗")
    DECIDER = "decider", _("部门审定岗")
    REVIEWER = "reviewer", _("会审岗")
    EXPERT = "expert", _("评审专家")
    ACCOUNTANT = "accountant", _("财政经办岗")
    TREASURER = "treasurer", _("财政复核岗")
    POLICY = "policy_officer", _("政策岗")
    LEADER = "leader", _("领导")
    AUDITOR = "auditor", _("审计")
    OPERATOR = "operator", _("系统管理员")

    @property
    def zh(self) -> str:
        """The name in Chinese, whatever the page speaks: events have one language."""
        with override("zh-hans"):
            return str(self.label)


APPLICANTS = frozenset({Role.MANAGER, Role.CLERK})
"""Act for an organisation that applies; see their own organisation's affairs only."""

DEPARTMENT = frozenset({Role.OFFICER, Role.DECIDER})
"""Act for a responsible department (责任单位); see the cases of the measures it answers for."""

FINANCE = frozenset({Role.ACCOUNTANT, Role.TREASURER})
"""Act for the finance bureau; see determined cases, appropriations and payments of the whole city."""

READERS = frozenset({Role.LEADER, Role.AUDITOR})
"""Read the whole city and change nothing."""

STAFF = frozenset(set(Role) - APPLICANTS)
"""Act for an office; need a second factor (settings.STAFF_MFA)."""

WIDE = frozenset({Role.OPERATOR, Role.AUDITOR})
"""See everything, therefore only within a staff session: time-limited, with a written reason."""

GATES = ("credit", "green", "integrity")
"""Scopes of a reviewer: credit (信用), green gate (绿色门槛), research integrity (科研诚信)."""


@cache
def _by_name() -> dict[str, Role]:
    """The roles by their Chinese names, which events carry."""
    return {role.zh: role for role in Role}


def actor_said(label: str) -> str:
    """Whom an event names, with the role in the language of the page; names stay as they stood on that day."""
    if (get_language() or "").startswith("zh"):
        return label
    found = _LABEL.fullmatch(label)
    role = _by_name().get(found[3]) if found else None
    if found and role:
        return f"{found[1]} ({found[2]}, {role.label})"
    return str(_("系统")) if label == "系统" else label
