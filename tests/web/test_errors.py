"""What is wrong with a form is said in words that name the field and say what to do, in both languages."""

from __future__ import annotations

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils.translation import override


class Plain(forms.Form):
    """Fields with nothing said of their own but one."""

    days = forms.IntegerField(label="公示几个工作日", min_value=5, max_value=60)
    title = forms.CharField(label="标题", max_length=3)
    rule = forms.ChoiceField(label="规则", choices=[("a", "甲")])
    reason = forms.CharField(label="理由", error_messages={"required": "请写明理由。"})


def said(tongue, **typed):
    with override(tongue):
        form = Plain(typed)
        form.full_clean()
        return render_to_string("web/_errors.html", {"form": form})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"days": "4"}, "公示几个工作日：不能小于 5，请改大。"),
        ({"days": "61"}, "公示几个工作日：不能大于 60，请改小。"),
        ({"days": "五"}, "公示几个工作日：请填写整数。"),
        ({"title": "一二三四"}, "标题：最多 3 个字，现有 4 个，请缩短。"),
        ({"rule": "b"}, "规则：“b”不可选，请重新选择。"),
        ({}, "标题：请填写这一项。"),
        ({}, ">请写明理由。"),
    ],
)
def test_a_summary_names_the_field_and_says_what_to_do(typed, sentence):
    page = said("zh-hans", **typed)

    assert sentence in page
    assert 'href="#id_' in page


def test_in_english_too():
    page = said("en", days="4")

    assert "公示几个工作日: Ensure this value is greater than or equal to 5." in page
