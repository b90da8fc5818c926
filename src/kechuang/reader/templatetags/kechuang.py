"""Sums, words and addresses as templates write them, in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Protocol

from django import template
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kechuang.policy.cases.outcome import OUTCOME_WORDS, Outcome
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import Words, decimal_text, yuan
from kechuang.policy.words.explanation import Check, Place, RecordExplanation, Shown
from kechuang.policy.words.explanation_parts import Cited, ReadingInForce
from kechuang.reader import kept_nodes
from kechuang.reader.packs import address_of, pack_in_force
from kechuang.reader.phrases import mark_of
from kechuang.reference.divisions import divisions

register = template.Library()
register.tag("translate", kept_nodes.translate)
register.tag("url", kept_nodes.url)

RECORDS_SHOWN: Final = 20  # of one benefit
WAN: Final = 1_000_000  # fen in one 万元
LOOKS: Final = {
    Outcome.ENTITLED: "entitled",
    Outcome.MAY_APPLY: "apply",
    Outcome.UNDETERMINED: "undetermined",
    Outcome.NOT_ELIGIBLE: "ineligible",
    Outcome.NOT_IN_FORCE: "out-of-force",
}


def language() -> str:
    """'zh' or 'en', the language of the page."""
    return "en" if (get_language() or "").startswith("en") else "zh"


@register.filter
def words(value: Words | dict[str, str] | None) -> str:
    """A text that exists in both languages, in that of the page."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return value.get(language(), "")
    return value.pick(language())


@register.filter
def supposes(check: Check, supposed: Any) -> bool:
    """Whether a condition reads a supposed fact. supposed: its `fields` (record, field) and `rows`, or None."""
    if not supposed or not any(check.case.env.record == row for row in supposed.rows):
        return False
    return any(node.op == "field" and node.value in supposed.fields for node in check.parts.node.walk())


class Sources(Protocol):
    """Who said the facts of one case or organisation; of rooms above, which know it."""

    def of(self, place: Place) -> Words | None:
        """Who said what was read there; None for what nobody stated as a fact."""
        ...


@register.simple_tag(takes_context=True)
def said_by(context: dict[str, Any], fact: Shown) -> str:
    """Who said a fact, where the page knows (`sources`); else, and of unknown ones, where such a fact is to be had."""
    sources: Sources | None = context.get("sources")
    if sources is not None and fact.place is not None and fact.place.known:
        return words(sources.of(fact.place))
    return _("%(register)s可查") % {"register": fact.source} if fact.source else ""


@register.filter
def wan(fen: Any) -> str:
    """A sum in 万元 with two decimals and thousands separators; marked 约 when the rest below was cut."""
    whole = int(fen)
    cents, rest = divmod(abs(whole), WAN // 100)
    sign = "-" if whole < 0 else ""
    return f"{'约 ' if rest else ''}{sign}{cents // 100:,}.{cents % 100:02d}"


@register.filter
def exact(fen: Any) -> str:
    """A sum to the fen with its unit: '500,000.00 元'."""
    return _("%(sum)s 元") % {"sum": yuan(int(fen))}


@register.simple_tag
def sum_of(fen: Any, ceiling: Any = False) -> SafeString:  # noqa: FBT002 - a template's flag
    """A sum, large, with its exact figure beside it; 'up to' before a ceiling."""
    if fen is None:
        return SafeString("")
    before = format_html('<small class="up-to">{}</small> ', _("最高")) if ceiling else SafeString("")
    if language() == "en" or abs(int(fen)) < WAN:
        unit = _("元")
        return format_html('<span class="sum">{}{} <span>{}</span></span>', before, yuan(int(fen)), unit)
    return format_html(
        '<span class="sum">{}{} <span>万元</span> <small class="exact">{}</small></span>',
        before,
        wan(fen),
        exact(fen),
    )


@register.filter
def short_sum(fen: Any) -> str:
    """A sum for a table, exact: in 万元 on Chinese pages, in yuan on English ones; a dash for none."""
    if not fen:
        return "–"
    return yuan(int(fen)) if language() == "en" else exact_wan(int(fen))


def exact_wan(fen: int) -> str:
    """A sum in 万元 to the fen, with two decimals at least: '5.00', '0.0015'."""
    whole, rest = divmod(abs(fen), WAN)
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if fen < 0 else ''}{whole:,}.{digits}"


@register.simple_tag
def sum_unit() -> str:
    """The unit of `short_sum`."""
    return _("元") if language() == "en" else "万元"


@register.filter
def number(value: Any) -> str:
    """A whole number with thousands separators."""
    return f"{int(value or 0):,}"


@register.simple_tag
def outcome(value: str) -> SafeString:
    """An outcome as word, sign and colour."""
    found = Outcome(value)
    return format_html('<span class="outcome outcome-{}">{}</span>', LOOKS[found], outcome_word(found))


@register.filter
def outcome_word(value: str) -> str:
    """An outcome as a word that stands alone: without the '，最高' that leads on to a sum."""
    text = OUTCOME_WORDS[Outcome(value)].pick(language())
    return text.partition("，")[0].partition(",")[0]


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key that is itself a value; None when it is not there."""
    return mapping.get(key)


@register.filter
def attribute(thing: Any, name: str) -> Any:
    """An attribute by a name that is itself a value."""
    return getattr(thing, name)


@register.filter
def district_name(code: str) -> str:
    """An area by its name; a code that is not known stays a code."""
    found = divisions().get(code)
    if found is None:
        return code
    return found.en if language() == "en" else found.zh


@register.filter
def money(fen: Any) -> str:
    """A sum with its unit in one line, exact: '5.00 万元', '1.234567 万元', below one 万元 '123.45 元'."""
    if language() == "en" or abs(int(fen)) < WAN:
        return exact(fen)
    return f"{exact_wan(int(fen))} 万元"


@register.simple_tag(takes_context=True)
def address(context: dict[str, Any], **changed: Any) -> str:
    """The query of this page with some of it changed; what is empty is left out, the page number starts anew."""
    query: QueryDict = context["request"].GET.copy()
    if "page" not in changed:
        query.pop("page", None)
    for key, value in changed.items():
        query[key] = str(value)
    for key in [key for key in query if not query[key]]:
        del query[key]
    return "?" + query.urlencode()


@register.simple_tag(takes_context=True)
def policy_url(context: dict[str, Any], page: str, **named: Any) -> str:
    """The address of a page of the policy, for the pack that the page shows or else the one in force."""
    return address_of(
        context.get("pack") or pack_in_force(), page, **{key: str(value) for key, value in named.items()}
    )


@register.simple_tag(takes_context=True)
def ask_url(context: dict[str, Any], about: str) -> str:
    """The address that asks about a measure or benefit alone; '' for a pack that is not the one asked about."""
    in_force = pack_in_force()
    if (context.get("pack") or in_force).id != in_force.id:
        return ""
    return f"{reverse('ask-questions')}?{urlencode({'about': about})}"


@register.simple_tag(takes_context=True)
def text_url(context: dict[str, Any], clause: str, words: str) -> str:
    """The place of quoted words in the text of the document: their mark, or the clause when there is none."""
    pack = context.get("pack") or pack_in_force()
    found = pack.document.clauses[clause].find(words)
    mark = mark_of(pack, clause, found[0][0]) if found else ""
    return f"{address_of(pack, 'policy')}#{f'm-{mark}' if mark else clause}"


@register.simple_tag(takes_context=True)
def quotation(context: dict[str, Any], quote: Cited | None) -> SafeString:
    """Words of a clause as they are printed, with the way to their place in the text; nothing where there are none."""
    return _quotation(context.get("pack") or pack_in_force(), quote, language()) if quote else SafeString()


@lru_cache(maxsize=4096)
def _quotation(pack: Pack, quote: Cited, _language: str) -> SafeString:
    return SafeString(render_to_string("reader/_quote.html", {"pack": pack, "quote": quote}))


@register.simple_tag
def readings_in_force(readings: Sequence[ReadingInForce]) -> SafeString:
    """The readings that a condition or a sum rests on; nothing where there are none."""
    return _readings(tuple(readings), language()) if readings else SafeString()


@lru_cache(maxsize=1024)
def _readings(readings: tuple[ReadingInForce, ...], _language: str) -> SafeString:
    return SafeString(render_to_string("reader/_readings.html", {"readings": readings}))


@register.filter
def weightiest(records: Sequence[RecordExplanation]) -> list[RecordExplanation]:
    """The records to show, not more than people read: those that pass, the undetermined, the refused."""
    order = list(Outcome)
    return sorted(records, key=lambda one: (order.index(one.outcome), -(one.item.amount or 0)))[
        :RECORDS_SHOWN
    ]


@register.filter
def exact_or_near(fen: Any) -> str:
    """A value on the way to a sum: to the fen, or with what lies below it when there is something."""
    if fen == int(fen):
        return exact(fen)
    return _("%(sum)s 元") % {"sum": decimal_text(Fraction(fen) / 100)}
