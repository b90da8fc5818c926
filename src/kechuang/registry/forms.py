"""Forms generated from the vocabulary: a question a fact, read as people write it, exact or refused with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.accounts.widgets import Day, area, text
from kechuang.exchange.cells import Cell, Column, plain, read_cell
from kechuang.exchange.expectations import expected
from kechuang.exchange.intake import shown
from kechuang.policy.language.values import (
    BOOLEAN,
    DATE,
    FEN_PER,
    MONEY,
    NUMBER,
    RATE,
    Value,
    Words,
    code_list,
    decimal_text,
    is_code,
)
from kechuang.policy.language.vocabulary import YEARS, Field, load_vocabulary
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import keys, values
from kechuang.registry.actions import Statement

WAS: Final = "was:"
"""Before the name of a question: the value that the form showed, so that two who fill in at once do no harm."""
UNITS: Final = ("万元", "元")
_UNIT_WORDS: Final = {"万元": Words("万元", "10,000 yuan"), "元": Words("元", "yuan")}
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a field of a record of the vocabulary, and the typed value that stands there now."""

    record: str
    field: str
    key: str = ""
    value: Value = None

    @property
    def name(self) -> str:
        """The name of the input: 'years:2025:rd_spend'."""
        return f"{self.record}:{self.key}:{self.field}"

    @property
    def about(self) -> Field:
        """The field of the vocabulary. Raises Refused for one that there is none of."""
        return values.field_of(self.record, self.field)

    @property
    def title(self) -> Words:
        """What is asked for, in a word or two."""
        return self.about.title

    @property
    def named(self) -> Words:
        """What is asked for, with its year where there is one: years stand beside each other on a page."""
        title = self.title
        return Words(f"{self.key} 年{title.zh}", f"{title.en} {self.key}") if self.record == YEARS else title

    @property
    def question(self) -> Words:
        """What is asked, as a question where the vocabulary has one."""
        return _dated(self.about.ask, self.record, self.key) or self.title

    @property
    def was(self) -> str:
        """The value that stands, as a form carries it."""
        return json.dumps(values.plain_of(self.value))

    @property
    def hint(self) -> Words | None:
        """What helps to answer."""
        return _dated(self.about.help, self.record, self.key) or self.about.note


class SumWidget(forms.MultiWidget):
    """A sum and its unit."""

    template_name = "registry/widgets/sum.html"

    def __init__(self) -> None:
        number = forms.TextInput({"class": "form-control", "inputmode": "decimal", "autocomplete": "off"})
        named = {"class": "form-select", "aria-label": _("单位")}
        units = [(unit, words.pick(language())) for unit, words in _UNIT_WORDS.items()]
        super().__init__([number, forms.Select(named, choices=units)])

    def decompress(self, value: Any) -> list[str]:
        """Fen as people write it: in 万元 from one 万元 up, else in 元."""
        if not isinstance(value, int):
            return ["", UNITS[0]]
        unit = UNITS[0] if value >= FEN_PER[UNITS[0]] or not value else UNITS[1]
        return [decimal_text(Fraction(value, FEN_PER[unit])), unit]


class FactField(forms.Field):
    """One fact; its cleaned value is typed as the policy engine has it, None when nothing was given."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.was = asked, asked.was
        super().__init__(
            required=False,
            widget=_widget(asked.about),
            label=asked.question.pick(language()),
            help_text=asked.hint.pick(language()) if asked.hint else "",
            initial=_initial(asked),
        )

    def clean(self, value: Any) -> Value:
        """The typed value; ValidationError says what was found, what is expected and what to do."""
        about, vocabulary, unit = self.asked.about, load_vocabulary(), None
        if isinstance(value, list):
            value, unit = (*value, UNITS[0])[:2]
        if value is None or not str(value).strip():
            return None
        column = Column(about.title.zh, about, unit if unit in UNITS else _unit(about), _codes(about))
        try:
            found, _how = read_cell(Cell(str(value).strip()), column)
        except (ValueError, OverflowError):
            looks, title = expected(about, vocabulary), self.asked.named
            words = Words(
                f"{title.zh}：现为{shown(value)}；应为{looks.zh}；请改正，不知道的留空",
                f"{title.en}: found {shown(value)}; expected {looks.en}; correct it, or leave it empty",
            )
            raise forms.ValidationError(words.pick(language())) from None
        return found


class FactForm(forms.Form):
    """Questions about facts; `asked` by the name of the input. Each question carries what it showed: `field.was`."""

    asked: Mapping[str, Asked]

    def shows_again(self, typed: Mapping[str, Any]) -> None:
        """The form is shown once more as it was typed: what it showed first stays, whatever stands by now."""
        for name in self.asked:
            self.fields[name].was = typed.get(WAS + name, self.asked[name].was)  # type: ignore[attr-defined]

    def differs(self, name: str) -> bool:
        """Whether an answer is another one than the form showed. One that it did not show, left empty, says nothing."""
        given, shown = self.cleaned_data.get(name), self.data.get(WAS + name)
        if shown is None and given is None:
            return False
        return json.dumps(values.plain_of(given)) != (self.asked[name].was if shown is None else shown)

    def shown(self, name: str) -> str:
        """The value that the form showed, as it carries it."""
        return str(self.data.get(WAS + name, self.asked[name].was))

    def statements(self) -> list[Statement]:
        """What was answered, as actions.state_many takes it."""
        return [
            Statement(one.record, one.field, self.cleaned_data[name], one.key)
            for name, one in self.asked.items()
            if self.cleaned_data.get(name) is not None
        ]


def fact_form(fields: Iterable[Asked], data: Any = None, *, prefix: str | None = None) -> FactForm:
    """A form that asks for these facts, filled with what is known; `data`: what came in, as request.POST."""
    asked = {one.name: one for one in fields}
    form = FactForm(data, prefix=prefix, auto_id=False)
    form.asked = asked
    for place, (name, one) in enumerate(asked.items()):
        form.fields[name] = FactField(one)
        form.fields[name].widget.attrs["id"] = f"{prefix or 'q'}-{place}"
    return form


def key_form(record: str, data: Any = None) -> FactForm:
    """A form that asks for the fields that tell a new record from others."""
    kind = load_vocabulary().records[record]
    return fact_form([Asked(record, name) for name in keys.key_fields(kind)], data, prefix="key")


def _dated(text: Words | None, record: str, key: str) -> Words | None:
    """The words with {year} filled in from the key of an annual figure."""
    if text is None or "{year}" not in text.zh + text.en:
        return text
    year = keys.values_of(record, key).get("year", "") if key else ""
    return Words(text.zh.format(year=year), text.en.format(year=year))


def _widget(field: Field) -> forms.Widget:
    if field.type == MONEY:
        return SumWidget()
    if field.type == BOOLEAN:
        choices: list[tuple[str, Any]] = [(_YES, _("是")), (_NO, _("否")), ("", _("不知道"))]
        return forms.RadioSelect({"class": "form-check-input"}, choices=choices)
    if is_code(field.type):
        members = load_vocabulary().codes[code_list(field.type)]
        titles = [(code, title.pick(language())) for code, title in members.items()]
        return forms.Select({"class": "form-select"}, choices=[("", _("不知道")), *titles])
    if field.type == DATE:
        # Without a format the day is written as the language writes it, which no browser reads: an empty box.
        day = {"type": "date", "class": "form-control", "min": "1900-01-01", "max": "2200-12-31"}
        return forms.DateInput(day, format="%Y-%m-%d")
    shape = {RATE: "decimal", NUMBER: "numeric"}.get(field.type, "text")
    return forms.TextInput({"class": "form-control", "inputmode": shape, "autocomplete": "off"})


def _initial(asked: Asked) -> Any:
    value = asked.value
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Fraction):
        return decimal_text(value * 100)
    return value


def _unit(field: Field) -> str | None:
    return "%" if field.type == RATE else None


def _codes(field: Field) -> Mapping[str, str] | None:
    if not is_code(field.type):
        return None
    members = load_vocabulary().codes[code_list(field.type)]
    found = {plain(code): code for code in members}
    return found | {plain(text): code for code, title in members.items() for text in (title.zh, title.en)}


class VerifyForm(forms.Form):
    """The file that a verification rests on: one the organisation has handed in."""

    evidence = forms.TypedChoiceField(
        label=_("依据的材料"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select({"class": "form-select"}),
    )
    upload = forms.FileField(label=_("或上传核实依据"), required=False, max_length=255)

    def __init__(self, files: Sequence[tuple[int, str]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["evidence"].choices = [("", _("不附材料")), *files]  # type: ignore[attr-defined]


class HolidaysForm(forms.Form):
    """The days off and make-up working days of a year, as the State Council's notice has them."""

    year = forms.IntegerField(
        label=_("年份"),
        min_value=2000,
        max_value=2099,
        widget=text(inputmode="numeric"),
        error_messages={"required": _("请填写年份，如 2027。"), "invalid": _("请填写年份，如 2027。")},
    )
    notice = forms.CharField(
        label=_("文号或标题"),
        max_length=100,
        help_text=_("如 国办发明电〔2026〕6号"),
        widget=text(),
        error_messages={"required": _("请填写文号或标题。")},
    )
    issued_on = Day(label=_("印发日期"))
    source = forms.CharField(
        label=_("出处"),
        max_length=300,
        help_text=_("公布该通知的网址"),
        widget=text(),
        error_messages={"required": _("请填写公布该通知的网址。")},
    )
    closed = forms.CharField(
        label=_("放假的日子"),
        max_length=2000,
        help_text=_("每行一段，如 2027-02-06..2027-02-12；不必写平常的周末。"),
        widget=area(8),
        error_messages={"required": _("请填写放假的日子。")},
    )
    open = forms.CharField(
        label=_("调休上班的周末"),
        max_length=1000,
        required=False,
        help_text=_("每行一天；没有就不填。"),
        widget=area(4),
    )
