"""A department's list of 100,000 rows: the dry run, applying it, a second list that changes a tenth, undoing that.

Needs a database of its own: `KECHUANG_DATA=$(mktemp -d) python benchmarks/lists.py [rows]` starts one there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django
import xlsxwriter
from common import keep, machine, show

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = date(2025, 11, 3)
HEADINGS = ["主体代码", "单位名称", "资质", "级别", "证书编号", "认定日期", "有效期至"]


def main() -> None:
    """Measure in a database made for it, which is deleted in the end."""
    from kechuang.operations.postgres import Postgres, url_of

    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(machine())
    with tempfile.TemporaryDirectory(prefix="kechuang-lists-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o711)
        os.environ |= {
            "KECHUANG_DATA": folder,
            "DATABASE_URL": url_of(data),
            "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        }
        server = Postgres(data)
        server.start()
        try:
            django.setup()
            rows = measured(data, size)
        finally:
            server.stop()
    show(f"A list of {size:,} rows (seconds)", rows)
    keep("lists", {"rows": size, "steps": rows})


def measured(data: Path, size: int) -> list[dict[str, Any]]:
    """Seconds of each step."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from kechuang.accounts.models import Membership, Organisation, User
    from kechuang.registry.models import Fact

    codes = make_codes(size)
    Organisation.objects.bulk_create(
        [
            Organisation(uscc=code, name=f"单位{place}", kind="enterprise", district="371002", created_at=AT)
            for place, code in enumerate(codes)
        ],
        batch_size=5_000,
    )
    bureau = Organisation.objects.create(
        uscc="11371000004359098A", name="市科技局", kind="government", department="市科技局", created_at=AT
    )
    officer = Membership.objects.create(
        user=User.objects.create_user("officer", name="某人"), organisation=bureau, role="officer", since=DAY
    )
    steps = []
    first = taken(write(data / "first.xlsx", codes, changed=0), officer)
    steps += [
        timed("dry run, all new", lambda: dry_run(first)),
        timed("apply", lambda: applied(first, officer)),
    ]
    second = taken(write(data / "second.xlsx", codes, changed=10), officer)
    steps += [
        timed("dry run, a tenth changed", lambda: dry_run(second)),
        timed("apply", lambda: applied(second, officer)),
        timed("undo", lambda: undone(second, officer)),
        timed("undo the first", lambda: undone(first, officer)),
    ]
    print(f"{Fact.objects.count():,} facts")
    return steps


def make_codes(size: int) -> list[str]:
    """As many social credit codes."""
    from kechuang.reference.uscc import make_uscc

    return [make_uscc("9", "1", "371002", f"{number:08d}") for number in range(size)]


def write(path: Path, codes: list[str], changed: int) -> Path:
    """The workbook; every `changed`th certificate has another number, 0: none."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("资质认定")
    sheet.write_row(0, 0, HEADINGS)
    for place, code in enumerate(codes, start=1):
        other = changed and place % changed == 0
        number = f"GR{'9' if other else '0'}{place:09d}"
        sheet.write_row(place, 0, [code, f"单位{place - 1}", "高新技术企业", "国家级", number])
        sheet.write_datetime(place, 5, datetime(2025, 11, 3))  # noqa: DTZ001 - a day in a spreadsheet has no zone
    book.close()
    return path


def taken(path: Path, officer: Any) -> Any:
    """The list, taken in."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from kechuang.registry import actions

    upload = SimpleUploadedFile(path.name, path.read_bytes())
    return actions.take_list(upload, "statuses", actor=officer, at=AT)


def dry_run(found: Any) -> None:
    """Compare."""
    from kechuang.registry import working

    working.read_list(found.pk)
    found.refresh_from_db()
    if found.state != "checked":
        raise RuntimeError(found.problem)


def applied(found: Any, officer: Any) -> None:
    """Let it become facts."""
    from kechuang.registry import actions, working

    actions.apply_list(found, actor=officer, at=AT)
    working.apply_list(found.pk, lambda: datetime.now(UTC))


def undone(found: Any, officer: Any) -> None:
    """Take it back."""
    from kechuang.registry import actions, working

    actions.undo_list(found, actor=officer, at=datetime.now(UTC))
    working.undo_list(found.pk, lambda: datetime.now(UTC))


def timed(name: str, act: Callable[[], None]) -> dict[str, Any]:
    """One step and how long it took."""
    begun = time.perf_counter()
    act()
    return {"step": name, "seconds": round(time.perf_counter() - begun, 1)}


if __name__ == "__main__":
    main()
