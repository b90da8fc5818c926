"""`kechuang doctor`: a line for each thing that was checked."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime

from kechuang.cli.main import OK, REFUSED
from kechuang.operations.findings import Finding
from kechuang.operations.folders import data_folder
from kechuang.operations.postgres import django_database


def run(args: argparse.Namespace) -> int:
    """Print the findings as they come; leave with 1 when something does not work."""
    named = os.environ.get("DATABASE_URL")
    if named:
        django_database(named)  # raises for an address of another kind, before anything else reads it
    from kechuang.web.doctor import check_up, set_up

    set_up()
    found: list[Finding] = []
    for finding in check_up(data_folder(), named, datetime.now().astimezone().date()):
        found.append(finding)
        if not args.json:
            print(finding.line(args.language), flush=True)
    if args.json:
        rows = [
            {"check": one.check, "state": one.state, "says": one.words.pick(args.language)} for one in found
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    return REFUSED if any(one.state == "fault" for one in found) else OK
