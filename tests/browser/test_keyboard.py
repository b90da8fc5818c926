"""The first page of every role by keyboard alone, and a security key: set up once, used to sign in."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from factories import make_department, make_membership, make_organisation
from fulfilment.city import make_city
from kechuang.accounts.roles import Role
from kechuang.web.doors import start_of

PASSWORD = "一段很长的口令1"
MOST = 150  # tab stops of a page
FOCUSED = """() => {
  const one = document.activeElement
  if (!one || one === document.body || one === document.documentElement) return null
  const style = getComputedStyle(one), box = one.getBoundingClientRect()
  const before = window.lastFocused
  window.lastFocused = one
  return {
    what: one.outerHTML.slice(0, 120),
    seen: box.width > 0 && box.height > 0 && style.visibility === 'visible',
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    ring: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
    onward: !before || Boolean(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING),
  }
}"""


def people(city) -> dict[str, object]:
    """Somebody in every role that has a first page of its own."""
    bureau = make_organisation(kind="government")
    return {
        "manager": make_membership(Role.MANAGER),
        "district": city.district,
        "officer": city.officer,
        "decider": city.decider,
        "reviewer": city.reviewers["credit"],
        "accountant": city.accountant,
        "treasurer": city.treasurer,
        **{
            role.value: make_membership(role, bureau)
            for role in (Role.POLICY, Role.LEADER, Role.AUDITOR, Role.OPERATOR)
        },
    }


def walked(page) -> list[dict]:
    """Every tab stop from the top of a page to its end."""
    stops = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or (stops and not found["onward"]):
            break  # past the last one the browser begins anew
        stops.append(found)
    return stops


@pytest.mark.django_db(transaction=True)
def test_the_first_page_of_every_role_is_walked_by_keyboard(enter):
    faults = {}
    for role, member in people(make_city()).items():
        page = enter(member)
        page.goto("/start")
        assert start_of(member)
        links = page.locator(
            "a[href]:visible, button:visible, summary:visible, input:visible, select:visible"
        ).count()
        stops = walked(page)
        wrong = [one["what"] for one in stops if not (one["seen"] and one["inView"] and one["ring"])]
        if wrong or "skip-link" not in stops[0]["what"] or len(stops) < min(links, MOST) * 0.8:
            faults[role] = (len(stops), links, wrong[:3])
        page.context.close()

    assert faults == {}


@pytest.mark.django_db(transaction=True)
def test_the_skip_link_and_the_menus_answer_to_keys(enter):
    page = enter(make_city().officer)
    page.goto("/start")

    page.keyboard.press("Tab")
    shown = page.locator(".skip-link").bounding_box()
    page.keyboard.press("Enter")
    landed = page.evaluate("document.activeElement.id")
    menu = page.locator("details", has=page.locator("button[name=text_size]"))
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    opened = menu.get_attribute("open") is not None
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.name")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    assert shown
    assert shown["y"] >= 0
    assert landed == "main"
    assert (opened, inside) == (True, "text_size")
    assert menu.get_attribute("open") is None


@pytest.mark.django_db(transaction=True)
def test_a_security_key_is_set_up_and_opens_the_account_after_the_password(enter):
    member = make_membership(Role.OFFICER, make_department())
    page = enter()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    sign_in(page, member.user.username)
    page.goto("/account/second-factor/keys/new")
    page.get_by_label("名称").fill("办公室的密钥")
    with page.expect_navigation():
        page.get_by_role("button", name="添加").click()
    kept = Authenticator.objects.get(user=member.user, type=Authenticator.Type.WEBAUTHN)
    page.context.clear_cookies(name="sessionid")
    sign_in(page, member.user.username)
    asked = page.locator("h1").inner_text()
    without = page.request.get("/tasks/", max_redirects=0).status
    with page.expect_navigation():
        page.get_by_role("button", name="用安全密钥").click()
    page.goto("/tasks/")

    assert kept.data["name"] == "办公室的密钥"
    assert asked == "第二重验证"
    assert without == 302
    assert page.locator("h1").inner_text() != asked
    kept.refresh_from_db()
    assert kept.last_used_at is not None


def sign_in(page, username: str) -> None:
    page.goto("/sign-in")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="登录", exact=True).click()
