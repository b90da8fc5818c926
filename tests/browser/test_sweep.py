"""An officer sweeps the city for one benefit, narrows the list by its reason, and opens one organisation's reasons."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore

from entitlements.registering import enterprise_with_growth
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.entitlements import sweeping, versions
from kechuang.entitlements.models import Sweep


@pytest.fixture(scope="module", autouse=True)
def database_beside_the_browser():
    """The browser's loop runs in the thread of the test; the tables are emptied after all else is taken down."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def officers_page(django_db_setup, browser, live_server, settings, data_folder):
    """A page on which an officer is signed in."""
    settings.DATA = data_folder
    versions.pack_of.cache_clear()
    user = make_membership(Role.OFFICER, make_department()).user
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_server.url}])
    yield context.new_page()
    context.close()


@pytest.mark.django_db(transaction=True)
def test_from_a_benefit_to_who_is_in_and_why(officers_page, violations):
    enterprise_with_growth(name="增长公司")
    enterprise_with_growth(name="持平公司", before=899_000_000)
    make_organisation(name="未填公司")
    page = officers_page
    page.goto("/sweeps/")
    assert violations(page) == []

    page.get_by_role("link", name="开始筛查").click()
    page.locator("#id_benefit").select_option("9.rd_growth")
    page.locator("#id_on").fill("2026-03-02")
    page.locator("#id_year").fill("2025")
    page.get_by_role("button", name="开始筛查").click()
    page.get_by_role("button", name="停止筛查").wait_for()
    sweeping.carry_out(Sweep.objects.get().pk, lambda: AT)
    page.locator("table.subjects").wait_for()

    assert page.locator("tbody tr").first.inner_text().startswith("增长公司")
    assert violations(page) == []

    page.locator("#because").select_option("growth")
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_text("合计 1 家").wait_for()
    page.get_by_role("link", name="持平公司").click()

    assert page.locator("#b-9\\.rd_growth .result-reason").text_content()
    assert violations(page) == []
