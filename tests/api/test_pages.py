"""Pages about the API: every operation, every problem, in both languages."""

from __future__ import annotations

from html import unescape

import pytest
from django.conf import settings as django_settings
from django.test import Client

from kechuang.reader.problems import KINDS


@pytest.fixture
def english():
    client = Client()
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_the_page_lists_every_operation_with_its_samples(client, english, description):
    chinese, other = (unescape(one.get("/api/").content.decode()) for one in (client, english))

    for address, methods in description["paths"].items():
        for operation in methods.values():
            zh, en = operation["summary"].split(" · ")
            assert f'id="{operation["operationId"]}"' in chinese
            assert address in chinese
            assert zh in chinese
            assert en in other
            assert operation["description"].split("\n\n")[1].split(".")[0].replace("`", "")[:40] in other


def test_the_page_says_what_the_members_of_a_question_mean(client):
    page = client.get("/api/").content.decode()

    assert "每户的事实，不知道的不写" in page
    assert "facts of each case" not in page


def test_the_page_says_the_limits_that_hold(client, settings):
    settings.API_RATE, settings.API_BURST, settings.API_BODY = 7, 9, 2048 * 1024

    page = client.get("/api/").content.decode()

    assert "每个地址每秒 7 次，可一次连发 9 次" in page
    assert "2,048 KB" in page
    settings.API_RATE = 0
    assert "不限" in client.get("/api/").content.decode()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_problem_has_a_page_that_says_what_to_do(client, english, name):
    chinese, other = (who.get(f"/api/problems/{name}").content.decode() for who in (client, english))

    assert KINDS[name].title.zh in chinese
    assert KINDS[name].remedy.zh in chinese
    assert KINDS[name].title.en in other


def test_a_kind_that_there_is_not_is_a_missing_page(client):
    response = client.get("/api/problems/nothing")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_the_address_without_its_slash_leads_to_the_page(client):
    assert client.get("/api")["Location"] == "/api/"
