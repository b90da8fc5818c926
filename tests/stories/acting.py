"""What people of the stories do in a browser: take a place, open pages, act on a case, let time pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Locator, Page

from kechuang.exchange.paper import pdf_of


@dataclass(frozen=True)
class Demo:
    """The demonstration under way: where it is, and its data folder."""

    address: str
    data: Path


def kechuang(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator types it, on this data folder."""
    environment = {**os.environ, "KECHUANG_DATA": str(data), "DEMO": "1"}
    for name in ("DATABASE_URL", "DEBUG"):
        environment.pop(name, None)
    program = Path(sys.executable).with_name("kechuang")
    command = [program, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def become(page: Page, username: str) -> None:
    """Take the place of one of the people of the demonstration."""
    page.goto("/demo/")
    press(page, page.locator(f"button[name=username][value='{username}']"))


def leave(page: Page) -> None:
    """Be a stranger again."""
    page.context.clear_cookies(name="sessionid")


def visit(page: Page, path: str) -> None:
    """Open a page of the site, and look at it as one who cannot see does."""
    page.goto(path)
    page.look()


def press(page: Page, what: Locator | str) -> None:
    """Press a button, or the one with this name, and wait for the page that follows."""
    button = (
        page.locator("main").get_by_role("button", name=what, exact=True) if isinstance(what, str) else what
    )
    with page.expect_navigation():
        button.click()
    page.look()


def follow(page: Page, name: str) -> None:
    """Follow the first link with these words."""
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=name).first.click()
    page.look()


def fill(form: Page | Locator, fields: dict[str, object]) -> None:
    """Fill in fields by their names, as one would: type, choose, tick."""
    for name, value in fields.items():
        field = form.locator(f"[name='{name}']")
        assert field.count(), f"there is no field {name}"
        kind = field.first.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
        if kind in {"radio", "checkbox"}:
            for each in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
                (field if each is True else form.locator(f"[name='{name}'][value='{each}']")).check()
        elif kind == "select":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def act(page: Page, number: str, command: str, **fields: object) -> None:
    """Carry out an act of the table on the page of a case; what is refused fails with the page's own words."""
    visit(page, f"/cases/{number}/")
    form = page.locator(f"#act-{command}")
    assert form.count() == 1, f"{command} is not offered: {said(page)[:600]}"
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    fill(form, {f"{command}-{name}": value for name, value in fields.items()})
    press(page, form.locator("button.btn"))
    assert f"done={command}" in page.url, said(page)[:600]


def acts_offered(page: Page, number: str) -> set[str]:
    """The acts that a case offers this person now."""
    visit(page, f"/cases/{number}/")
    return {
        one.removeprefix("act-")
        for one in page.locator("details.act").evaluate_all("all => all.map(one => one.id)")
    }


def forward(page: Page, *, weeks: int = 0, days: int = 0, hours: int = 0) -> str:
    """Put the clock forward; the time that the page says then."""
    visit(page, "/demo/")
    for step, times in (("week", weeks), ("day", days), ("hour", hours)):
        for _ in range(times):
            press(page, page.locator(f"button[name=step][value={step}]"))
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", page.locator("#clock + p").inner_text())
    return found[0] if found else ""


def said(page: Page, where: str = "main") -> str:
    """What the page says there, blanks drawn together."""
    return re.sub(r"\s+", " ", page.locator(where).first.inner_text())


def says(page: Page, *words: str, where: str = "main") -> None:
    """Assert that the page says all of these."""
    text = said(page, where)
    missing = [one for one in words if one not in text]
    assert not missing, f"{page.url} does not say {missing}; it says: {text[:3000]}"


def download(page: Page, link: Locator, into: Path) -> Path:
    """Follow a link to a file and keep it."""
    with page.expect_download() as under_way:
        link.click()
    path = into / under_way.value.suggested_filename
    under_way.value.save_as(path)
    return path


def hand_in(page: Page, number: str, pdf: Path) -> None:
    """Fill in what every application asks for: each document, the account, the declaration."""
    visit(page, f"/cases/{number}/parts/documents")
    for field in page.locator("main input[type=file]").all():
        field.set_input_files(pdf)
    press(page, "上传并继续")
    visit(page, f"/cases/{number}/parts/account")
    fill(page, {"bank": "威海银行（演示）", "number": "6228 4804 0000 0000 777"})
    press(page, "保存并继续")
    visit(page, f"/cases/{number}/parts/statement")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    press(page, "声明并继续")


def newest_batch(page: Page) -> str:
    """The address of the newest batch of payments."""
    page.goto("/treasury/batches/")
    return page.locator("main tbody a").first.get_attribute("href")


def answer_as_bank(path: Path, on: str) -> None:
    """Fill in the form for the bank's answer, as a bank that has paid everything on a day would."""
    book = load_workbook(path)
    sheet = book.active
    heads = {cell.value: cell.column for cell in sheet[1]}
    for place, row in enumerate(range(2, sheet.max_row + 1), start=1):
        for head, value in (("结果", "成功"), ("银行凭证号", f"HD{place:03d}"), ("日期", on)):
            sheet.cell(row, heads[head]).value = value
    book.save(path)


def a_pdf(folder: Path) -> Path:
    """A document to hand in."""
    path = folder / "材料.pdf"
    path.write_bytes(pdf_of("<p>材料（演示）</p>"))
    return path
