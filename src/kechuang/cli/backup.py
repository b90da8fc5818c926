"""`kechuang backup`: database and files in one archive."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kechuang.cli.main import OK
from kechuang.operations.backup import back_up
from kechuang.operations.folders import data_folder
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Write the archive and say what it holds."""
    path, manifest = back_up(Path(args.out).absolute(), data_folder(), datetime.now(UTC))
    megabytes = f"{path.stat().st_size / 1e6:,.1f} MB"
    print(
        Words(
            f"备份已写入 {path}：数据库和 {manifest.files:,} 个文件，{megabytes}。"
            "其中含签名密钥 secret_key，文件权限为 0600，请妥善保管",
            f"backup written to {path}: the database and {manifest.files:,} files, {megabytes}. "
            "It holds the signing key secret_key; its mode is 0600: keep it safe",
        ).pick(args.language)
    )
    return OK
