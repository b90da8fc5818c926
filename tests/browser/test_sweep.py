"""An officer sweeps the city for one benefit, narrows the list by its reason, and opens one organisation's reasons."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kechuang.operations.postgres import url_of

TESTS = Path(__file__).parents[1]
CITY = """
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from entitlements.registering import enterprise_with_growth
from factories import make_department, make_membership, make_organisation
from kechuang.accounts.roles import Role

enterprise_with_growth(name="增长公司")
enterprise_with_growth(name="持平公司", before=899_000_000)
make_organisation(name="未填公司")
user = make_membership(Role.OFFICER, make_department()).user
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


@pytest.fixture
def officers_page(open_page, running_site, data_folder):
    """A page on which an officer is signed in, on a site with three enterprises."""
    with running_site(data_folder) as (address, _):
        environment = os.environ | {
            "KECHUANG_DATA": str(data_folder),
            "DATABASE_URL": url_of(data_folder),
            "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
            "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
        }
        made = subprocess.run(
            [sys.executable, "-c", CITY], env=environment, capture_output=True, text=True, check=True
        )
        page = open_page()
        page.context.add_cookies([{"name": "sessionid", "value": made.stdout.split()[-1], "url": address}])
        page.goto(f"{address}/sweeps/")
        yield page


def test_from_a_benefit_to_who_is_in_and_why(officers_page, violations):
    page = officers_page
    assert violations(page) == []

    page.get_by_role("link", name="开始筛查").click()
    page.locator("#id_benefit").select_option("9.rd_growth")
    page.locator("#id_on").fill("2026-03-02")
    page.locator("#id_year").fill("2025")
    page.get_by_role("button", name="开始筛查").click()
    page.locator("table.subjects").wait_for()

    assert page.locator("tbody tr").first.inner_text().startswith("增长公司")
    assert violations(page) == []

    page.locator("#because").select_option("growth")
    page.get_by_role("button", name="筛选").click()
    page.get_by_text("合计 1 家").wait_for()
    page.get_by_role("link", name="持平公司").click()

    assert page.locator("#b-9\\.rd_growth .result-reason").inner_text() != ""
    assert violations(page) == []
    assert page.complaints == []
