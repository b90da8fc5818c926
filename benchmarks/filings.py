"""A bank's file of 50,000 loans: checked line by line with the engine, applied, filed again with changes, undone.

Needs a database of its own: `python benchmarks/filings.py [lines]` starts one in a folder that it deletes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django
from common import keep, machine, show
from lists import make_codes, timed

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = date(2025, 1, 1)
KINDS = ("commercialisation", "bottleneck", "talent", "pledge", "branch")


def main() -> None:
    """Measure in a database made for it, which is deleted in the end."""
    from kechuang.operations.postgres import Postgres, url_of

    size = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    print(machine())
    with tempfile.TemporaryDirectory(prefix="kechuang-filings-", ignore_cleanup_errors=True) as folder:
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
            rows = measured(size)
        finally:
            server.stop()
    show(f"A filing of {size:,} lines (seconds)", rows)
    keep("filings", {"lines": size, "steps": rows})


def measured(size: int) -> list[dict[str, Any]]:
    """Seconds of each step; five loans of each enterprise, all of them judged by the engine that can be."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from kechuang.accounts.models import Membership, Organisation, User
    from kechuang.finance.models import FiledLine, LineNote

    codes = make_codes(size // len(KINDS))
    Organisation.objects.bulk_create(
        [
            Organisation(uscc=code, name=f"单位{place}", kind="enterprise", district="371002", created_at=AT)
            for place, code in enumerate(codes)
        ],
        batch_size=5_000,
    )
    bank = Organisation.objects.create(uscc="91371000004359098A", name="银行", kind="bank", created_at=AT)
    user = User.objects.create_user("bank", name="某人")
    manager = Membership.objects.create(user=user, organisation=bank, role="manager", since=DAY)
    first, second = (taken(lines(codes, changed), manager) for changed in (0, 10))
    steps = [
        timed("dry run with the engine, all new", lambda: dry_run(first)),
        timed("apply", lambda: applied(first, manager)),
        timed("dry run, a tenth changed", lambda: dry_run(second)),
        timed("apply", lambda: applied(second, manager)),
        timed("undo", lambda: undone(second, manager)),
    ]
    print(f"{FiledLine.objects.count():,} lines, {LineNote.objects.count():,} notes")
    return steps


def lines(codes: list[str], changed: int) -> bytes:
    """The file as JSON lines; every `changed`th loan has another balance, 0: none."""
    told = []
    for place, code in enumerate(codes):
        for number, kind in enumerate(KINDS):
            other = changed and (place * len(KINDS) + number) % changed == 0
            told.append(
                {
                    "uscc": code, "number": f"HT-{place}-{number}", "kind": kind, "principal": "500万元",
                    "balance": "100万元" if other else "500万元", "signed_on": "2025-03-01", "due_on": "2026-03-01",
                    "rate": "3.45%", "secured": kind == "pledge", "guaranteed": False, "risk_compensated": True,
                }
            )  # fmt: skip
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in told).encode()


def taken(data: bytes, manager: Any) -> Any:
    """The filing, taken in."""
    from kechuang.finance.filing import actions

    return actions.take([data], "贷款.jsonl", "loans", actor=manager, at=AT)


def dry_run(filing: Any) -> None:
    """Check."""
    from kechuang.finance import working

    working.read_filing(filing.list_import_id)
    filing.list_import.refresh_from_db()
    if filing.list_import.state != "checked":
        raise RuntimeError(filing.list_import.problem)


def applied(filing: Any, manager: Any) -> None:
    """Let it become facts."""
    from kechuang.finance import working
    from kechuang.finance.filing import actions

    actions.apply(filing, actor=manager, at=AT)
    working.apply_filing(filing.list_import_id, lambda: datetime.now(UTC))


def undone(filing: Any, manager: Any) -> None:
    """Take it back."""
    from kechuang.finance import working
    from kechuang.finance.filing import actions

    actions.undo(filing, actor=manager, at=datetime.now(UTC))
    working.undo_filing(filing.list_import_id, lambda: datetime.now(UTC))


if __name__ == "__main__":
    main()
