"""The check-up of a whole site: folder, disk, database, program and reference data, one thing after another."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max

from kechuang.exchange.paper import PaperError, pdf_of
from kechuang.operations.backup import database
from kechuang.operations.checks_database import check_database
from kechuang.operations.checks_folder import check_disk, check_folder
from kechuang.operations.errors import OperationError
from kechuang.operations.findings import Finding, fault, notice, ok
from kechuang.operations.run import BUILT
from kechuang.operations.turns import refuse_a_running_site
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.language.problems import PackError
from kechuang.reference.series import lpr_quotes
from kechuang.reference.workdays import brought_years, calendar_years

_QUOTED_BY: Final = 23  # the LPR is published on the 20th, or on the first working day after it
# HSTS, redirect, and the flags of the cookies.
_WITHOUT_HTTPS: Final = frozenset({"security.W004", "security.W008", "security.W012", "security.W016"})


def set_up() -> None:
    """Make Django ready, as its own commands do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kechuang.web.settings")
    django.setup()


def check_up(data: Path, named: str | None, today: date) -> Iterator[Finding]:
    """All findings. `named`: the operator's DATABASE_URL, None for our own server, which is started for the while."""
    yield from check_folder(data)
    yield check_disk(data)
    running = named is not None or _runs(data)
    years: Collection[int] = brought_years()
    quoted = lpr_quotes()[-1].day
    try:
        with database(data) as url:
            yield from check_database(url, partial(datetime.now, UTC), running=running)
            yield from check_migrations()
            years, quoted = _entered_since(years, quoted)
            connection.close()
    except OperationError as error:
        yield fault("database", error.words.zh, error.words.en)
    yield check_front_end(BUILT)
    yield check_paper()
    yield check_pack(settings.POLICY_PACK)
    yield check_workdays(today, years)
    yield check_lpr(today, quoted)
    yield from check_settings()


def _entered_since(years: Collection[int], quoted: date) -> tuple[Collection[int], date]:
    """The same with what operators entered on the site; as they are where the tables are not those of this program."""
    set_up()
    from kechuang.finance.models import Quote
    from kechuang.finance.series import LPR

    try:
        last = Quote.objects.filter(series=LPR).aggregate(last=Max("quoted_on"))["last"]
        return calendar_years(), max(quoted, last or quoted)
    except django.db.DatabaseError:
        return years, quoted


def _runs(data: Path) -> bool:
    try:
        refuse_a_running_site(data)
    except OperationError:
        return True
    return False


def unknown_migrations(last: Mapping[str, str]) -> list[str]:
    """Of the last migrations of apps, those that this program does not have: a newer one made them."""
    set_up()
    known = MigrationLoader(None).disk_migrations
    return [f"{app}.{name}" for app, name in sorted(last.items()) if (app, name) not in known]


def check_migrations() -> Iterator[Finding]:
    """Whether the tables are those of this program. Says nothing when the database cannot be reached."""
    set_up()
    try:
        loader = MigrationLoader(connection)
    except django.db.DatabaseError:
        return
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    labels = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in labels)
    pending = sorted(f"{app}.{name}" for app, name in known - applied if not _replaced(loader, (app, name)))
    if newer:
        yield fault(
            "migrations",
            f"表结构比程序新（{newer[0]} 等 {len(newer)} 项）；请安装更新的版本",
            f"the tables are newer than this program ({newer[0]}, {len(newer)} in all); install the newer version",
        )
    elif pending:
        yield fault(
            "migrations",
            f"表结构有 {len(pending)} 项待升级（{pending[0]} 等）；重启 kechuang run 即可",
            f"{len(pending)} migrations are pending ({pending[0]} first); restart kechuang run, which applies them",
        )
    else:
        yield ok("migrations", "表结构与程序一致", "the tables are those of this program")


def _replaced(loader: MigrationLoader, key: tuple[str, str]) -> bool:
    """Whether a squashed migration stands for what was applied one by one, or the other way round."""
    return key not in loader.graph.nodes


def check_front_end(built: Path) -> Finding:
    """Whether the styles and scripts of the pages are there."""
    if built.is_file():
        return ok("front-end", "页面样式和脚本已构建", "styles and scripts are built")
    return fault(
        "front-end",
        "页面样式和脚本未构建；请在源码目录执行 make",
        "styles and scripts are not built; run make in the checkout",
    )


def check_paper() -> Finding:
    """Whether a PDF with Chinese letters can be made."""
    try:
        pdf_of("<html lang='zh-CN'><p>科创</p></html>")
    except PaperError as error:
        return fault("pdf", error.words.zh, error.words.en)
    lister, said = shutil.which("fc-list"), b""
    if lister:
        said = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, check=False).stdout  # noqa: S603
    if said.strip():
        return ok("pdf", "可生成中文 PDF", "PDF files with Chinese letters can be made")
    return fault(
        "pdf",
        "没有中文字体，PDF 会缺字；请安装 Debian 软件包 fonts-noto-cjk 和 fontconfig",
        "there is no Chinese font, PDF files would lack letters; install Debian's fonts-noto-cjk and fontconfig",
    )


def check_pack(name: str) -> Finding:
    """Whether the policy in force loads."""
    try:
        pack = load_pack(name)
    except PackError as error:
        first = str(error.problems[0])
        return fault("pack", f"政策包 {name} 有误：{first}", f"the pack {name} does not load: {first}")
    except (OSError, ValueError, KeyError) as error:
        return fault("pack", f"政策包 {name} 不可用：{error}", f"the pack {name} cannot be used: {error}")
    count = len(list(pack.benefits))
    return ok("pack", f"政策包 {name}：{count} 个事项", f"the pack {name} loads: {count} benefits")


def check_workdays(today: date, years: Collection[int]) -> Finding:
    """Whether working days of this and the next year are among the years known: a public notice may run into it."""
    missing = [year for year in (today.year, today.year + 1) if year not in years]
    if not missing:
        return ok("workdays", "工作日历含今明两年", "the working days of this and the next year are known")
    make = fault if today.year in missing else notice
    return make(
        "workdays",
        f"没有 {missing[0]} 年的工作日历，涉及该年的期限会被拒绝；请系统管理员按国务院通知在“工作日历”中录入",
        f"the working days of {missing[0]} are not known, deadlines that touch it are refused; let an operator enter "
        "the State Council's notice on the page “Working days”",
    )


def check_lpr(today: date, last: date) -> Finding:
    """Whether the loan prime rate is known to the last one published. last: the day of the last quote known."""
    months = (today.year - last.year) * 12 + today.month - last.month
    due = months - (today.day < _QUOTED_BY)
    if due <= 0:
        return ok("lpr", f"LPR 至 {last:%Y-%m}", f"the loan prime rate is known to {last:%Y-%m}")
    return notice(
        "lpr",
        f"LPR 只到 {last:%Y-%m}，缺 {due} 个月，涉及的贴息不能测算；请系统管理员在“利率序列”中载入",
        f"the loan prime rate ends in {last:%Y-%m}, {due} month(s) are missing, interest subsidies of those cannot be "
        "assessed; let an operator load them on the page “Rates”",
    )


def check_settings() -> Iterator[Finding]:
    """What `check --deploy` finds; all that comes of serving without HTTPS in one line."""
    set_up()
    found = [one for one in checks.run_checks(include_deployment_checks=True) if not one.is_silenced()]
    if plain := [one.id for one in found if one.id in _WITHOUT_HTTPS]:
        numbers = "、".join(filter(None, plain)), ", ".join(filter(None, plain))
        yield notice(
            "settings",
            f"网站不用 HTTPS（{numbers[0]}）；对外服务请置于 HTTPS 代理之后，并设 HTTPS=1",
            f"the site is served without HTTPS ({numbers[1]}); put it behind a proxy with HTTPS and set HTTPS=1",
        )
    for one in found:
        if one.id not in _WITHOUT_HTTPS:
            make = fault if one.level >= checks.ERROR else notice
            said = " ".join(f"{one.msg} {one.hint or ''}".split())
            yield make("settings", f"{one.id}：{said}", f"{one.id}: {said}")
    if not found:
        yield ok("settings", "设置妥当（check --deploy）", "the settings are sound (check --deploy)")
