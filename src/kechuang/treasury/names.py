"""What acts and states are called on pages, in the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ACTS: Final[dict[str, StrPromise]] = {
    "appropriate": _("下达预算"),
    "reduce": _("调减预算"),
    "reserve": _("预留"),
    "release": _("释放预留"),
    "commit": _("承诺"),
    "revoke": _("取消承诺"),
    "pay": _("拨付"),
    "return": _("退回"),
    "recover": _("追回"),
}
BATCH_STATES: Final[dict[str, StrPromise]] = {
    "prepared": _("待复核"),
    "approved": _("已复核，待送出"),
    "sent": _("已送出，待银行结果"),
    "settled": _("已办结"),
    "withdrawn": _("已撤回"),
}
PAYMENT_STATES: Final[dict[str, StrPromise]] = {
    "prepared": _("待送出"),
    "sent": _("已送出"),
    "paid": _("已付"),
    "returned": _("已退回"),
    "withdrawn": _("已撤出"),
}
PartState = Literal["waits", "due", "sent", "paid", "freed"]
PART_STATES: Final[dict[str, StrPromise]] = {
    "waits": _("未到拨付条件"),
    "due": _("待拨付"),
    "sent": _("拨付中"),
    "paid": _("已付"),
    "freed": _("不再拨付"),
}
RECEIVABLE_STATES: Final[dict[str, StrPromise]] = {
    "overdue": _("已逾期"),
    "open": _("追回中"),
    "closed": _("已结清"),
}
SUBJECTS: Final[dict[str, StrPromise]] = {
    "case": _("申报件"),
    "call": _("申报通知"),
    "appropriation": _("预算"),
}
LOOKS: Final = {
    "waits": "undetermined",
    "due": "apply",
    "freed": "out-of-force",
    "prepared": "undetermined",
    "approved": "apply",
    "sent": "apply",
    "settled": "entitled",
    "paid": "entitled",
    "returned": "overdue",
    "withdrawn": "out-of-force",
    "overdue": "overdue",
    "open": "undetermined",
    "closed": "entitled",
}
"""The look of a state: the tokens of outcomes, and red for what is overdue or came back."""
