"""Personal data as public pages show them."""

from __future__ import annotations

import pytest

from kechuang.accounts.masking import masked


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("李四", "李某"),
        ("李小红", "李某某"),
        ("欧阳修", "欧阳某"),
        ("欧阳", "欧某"),
        ("王", "王某"),
        ("John Smith", "J*** S****"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_surname(name, shown):
    assert masked(name, "name") == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"),
        ("138 1234-1234", "138****1234"),
        ("12345", "*****"),
        ("0631-5231234", "063****1234"),
    ],
)
def test_a_phone_keeps_first_three_and_last_four(phone, shown):
    assert masked(phone, "phone") == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("371002199001011234", "371*************34"), ("12", "**"), ("1234567", "123**67")]
)
def test_an_identity_number_keeps_first_three_and_last_two(number, shown):
    assert masked(number, "id") == shown


@pytest.mark.parametrize(
    ("address", "shown"), [("li.si@example.com", "l***@example.com"), ("nonsense", "***"), ("", "")]
)
def test_a_mail_address_keeps_its_first_letter_and_where_it_is(address, shown):
    assert masked(address, "email") == shown
