"""`kechuang restore`: brings a backup back, or only checks it."""

from __future__ import annotations

import argparse
from pathlib import Path

from kechuang.cli.main import OK
from kechuang.operations.archive import Manifest, checked
from kechuang.operations.backup import restore
from kechuang.operations.errors import OperationError
from kechuang.operations.folders import data_folder
from kechuang.policy.language.values import Words


def run(args: argparse.Namespace) -> int:
    """Check the archive, restore it unless only a check was asked for, and say what came back."""
    source = Path(args.file)
    if args.check:
        print(_held(source, checked(source)).pick(args.language))
        return OK
    found = restore(source, data_folder(), _refuse_newer, replace=args.replace)
    held = _held(source, found.manifest)
    print(
        Words(
            f"{held.zh}\n已恢复：{found.tables} 张表，{found.manifest.files:,} 个文件，含 secret_key。"
            "用 kechuang run 启动网站，表结构会自动升级",
            f"{held.en}\nrestored: {found.tables} tables, {found.manifest.files:,} files, secret_key among them. "
            "Start the site with kechuang run; it brings the tables up to date",
        ).pick(args.language)
    )
    return OK


def _held(source: Path, manifest: Manifest) -> Words:
    return Words(
        f"{source} 完好：{manifest.made_at}，版本 {manifest.version}，"
        f"{len(manifest.members):,} 项、{manifest.bytes / 1e6:,.1f} MB 逐项核对无误",
        f"{source} is whole: {manifest.made_at}, version {manifest.version}, "
        f"{len(manifest.members):,} members, {manifest.bytes / 1e6:,.1f} MB, each one checked",
    )


def _refuse_newer(manifest: Manifest) -> None:
    """Raise OperationError when tables in the backup are newer than this version knows."""
    from kechuang.web.doctor import unknown_migrations

    if unknown := unknown_migrations(manifest.migrations):
        raise OperationError(
            f"备份由更新的版本 {manifest.version} 写出（{unknown[0]}）。请先安装该版本",
            f"The newer version {manifest.version} wrote this backup ({unknown[0]}): install that version first",
        )
