"""Check-up of the database server: what it is, how it is set, its clock, its standbys, and the jobs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row

from kechuang.operations.findings import Finding, fault, notice, ok
from kechuang.operations.turns import unreachable

OLDEST_SERVER: Final = 14  # that Django 5.2 works with
_SKEW, _GREAT_SKEW = 2.0, 60.0  # seconds
_FULL: Final = 0.8  # share of the connections
_BEHIND: Final = 64 * 1024**2  # bytes of the log that a standby has not got
_LATE: Final = 600  # seconds that a due job may wait
_SETTINGS: Final = """
    SELECT current_setting('server_version') version, current_setting('server_version_num')::int number,
        pg_encoding_to_char(encoding) encoding, datcollate collation, current_setting('data_checksums') checksums,
        pg_is_in_recovery() standby, current_setting('max_connections')::int most,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') used
    FROM pg_database WHERE datname = current_database()
"""
_STANDBYS: Final = """
    SELECT coalesce(nullif(application_name, ''), '?') AS name, state, sync_state,
        pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint behind
    FROM pg_stat_replication ORDER BY 1
"""
_SLOTS: Final = """
    SELECT slot_name AS name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint kept
    FROM pg_replication_slots WHERE NOT active ORDER BY 1
"""
_JOBS: Final = """
    SELECT count(*) FILTER (WHERE status = 'failed') failed,
        (SELECT extract(epoch FROM now() - min(coalesce(job.scheduled_at, event.at)))::float
            FROM procrastinate_jobs job JOIN procrastinate_events event
            ON event.job_id = job.id AND event.type = 'deferred' WHERE job.status = 'todo') waited,
        (SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers) silent
    FROM procrastinate_jobs WHERE status = 'failed'
"""
SILENT: Final = 60.0  # seconds; a worker says every ten that it lives


def check_database(url: str, now: Callable[[], datetime], *, running: bool = True) -> Iterator[Finding]:
    """All that the server can tell. `now`: the clock of this process; `running`: whether a worker should be alive."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        words = unreachable(error).words
        yield fault("database", words.zh, words.en)
        return
    with connection:
        found = _rows(connection, _SETTINGS)[0]
        yield from _server(found)
        yield _connections(found)
        yield _clock(connection, now)
        if not found.standby:
            yield from _replication(connection)
        if connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone() == (True,):
            yield from _jobs(_rows(connection, _JOBS)[0], running=running)


def _rows(connection: psycopg.Connection, query: str) -> list[Any]:
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(query).fetchall()


def _server(found: Any) -> Iterator[Finding]:
    """Version, encoding, checksums, and whether it takes writes."""
    zh, en = f"PostgreSQL {found.version}", f"PostgreSQL {found.version}"
    if found.number // 10000 < OLDEST_SERVER:
        yield fault(
            "database",
            f"{zh} 太旧；请升级到 {OLDEST_SERVER} 或更新版本",
            f"{en} is too old; upgrade to {OLDEST_SERVER} or newer",
        )
    elif found.standby:
        yield fault(
            "database",
            f"{zh} 是只读的备机；请在 DATABASE_URL 中写明主机和备机，并加 target_session_attrs=read-write",
            f"{en} is a read-only standby; name both servers in DATABASE_URL, with target_session_attrs=read-write",
        )
    else:
        yield ok("database", f"{zh}，可读写", f"{en} answers and takes writes")
    if found.encoding == "UTF8":
        yield ok(
            "encoding", f"编码 UTF8，排序 {found.collation}", f"encoding UTF8, collation {found.collation}"
        )
    else:
        yield fault(
            "encoding",
            f"编码是 {found.encoding}；请以 UTF8 新建数据库，再恢复备份",
            f"the encoding is {found.encoding}; make a new database in UTF8 and restore a backup into it",
        )
    if found.checksums == "on":
        yield ok("checksums", "数据页校验已启用", "data checksums are on")
    else:
        yield notice(
            "checksums",
            "数据页校验未启用，磁盘损坏不易发现；请停库后执行 pg_checksums --enable",
            "data checksums are off, a failing disk goes unseen; stop the server and run pg_checksums --enable",
        )


def _connections(found: Any) -> Finding:
    zh, en = f"连接 {found.used}/{found.most}", f"{found.used} of {found.most} connections are in use"
    if found.used > _FULL * found.most:
        return notice(
            "connections", f"{zh}，接近上限；请调高 max_connections", f"{en}; raise max_connections"
        )
    return ok("connections", zh, en)


def _clock(connection: psycopg.Connection, now: Callable[[], datetime]) -> Finding:
    """The time between this process and the database, without the time that asking took."""
    before = now()
    told = _rows(connection, "SELECT clock_timestamp() AS told")[0].told
    after = now()
    skew = abs((told - before - (after - before) / 2).total_seconds())
    zh, en = f"与数据库的时钟相差 {skew:.1f} 秒", f"the clock of the database is {skew:.1f} s apart"
    if skew > _GREAT_SKEW:
        return fault(
            "clock", f"{zh}；期限会算错，请启用时间同步", f"{en}; deadlines go wrong, synchronise both"
        )
    if skew > _SKEW:
        return notice("clock", f"{zh}；请启用时间同步", f"{en}; synchronise both")
    return ok("clock", zh, en)


def _replication(connection: psycopg.Connection) -> Iterator[Finding]:
    """The standbys of a primary, those that are missing, and whether commits wait for one."""
    standbys, slots = _rows(connection, _STANDBYS), _rows(connection, _SLOTS)
    wanted = _rows(connection, "SELECT current_setting('synchronous_standby_names') AS names")[0].names
    for one in standbys:
        if one.state is None:
            yield notice(
                "standby",
                f"备机 {one.name} 已连接，但无权查看状态；请执行 GRANT pg_monitor",
                f"standby {one.name} is attached, but its state is hidden; GRANT pg_monitor to this user",
            )
            continue
        behind = one.behind or 0
        zh = f"备机 {one.name}：{one.state}，{one.sync_state}，落后 {behind / 1024**2:.1f} MB"
        en = f"standby {one.name}: {one.state}, {one.sync_state}, {behind / 1024**2:.1f} MB behind"
        if one.state == "streaming" and behind <= _BEHIND:
            yield ok("standby", zh, en)
        else:
            yield notice(
                "standby", f"{zh}；请检查网络和备机", f"{en}; look at the network and at the standby"
            )
    for one in slots:
        kept = (one.kept or 0) / 1024**2
        yield fault(
            "standby",
            f"复制槽 {one.name} 没有备机在用，已积压日志 {kept:.1f} MB；请修复备机，或删除该槽",
            f"no standby uses the replication slot {one.name}, which keeps {kept:.1f} MB of log; mend the standby, "
            "or drop the slot",
        )
    if wanted and not any(one.state is None or one.sync_state in {"sync", "quorum"} for one in standbys):
        yield fault(
            "standby",
            f"要求同步备机（{wanted}），但没有一台在线：提交会一直等待",
            f"a synchronous standby is asked for ({wanted}), but none is attached: commits wait",
        )
    if not (standbys or slots or wanted):
        yield ok("standby", "没有备机", "no standby is attached")


def _jobs(found: Any, *, running: bool) -> Iterator[Finding]:
    """Whether a worker lives, and what it has left undone."""
    if found.silent is not None and found.silent < SILENT:
        yield ok("worker", "后台任务进程在运行", "a background worker is alive")
    elif running:
        yield fault(
            "worker",
            "没有后台任务进程；请启动 kechuang run --only worker（或 kechuang-worker 服务）",
            "no background worker is alive; start kechuang run --only worker (the service kechuang-worker)",
        )
    else:
        yield notice("worker", "网站没有运行", "the site does not run")
    late = found.waited is not None and found.waited > _LATE
    if found.failed or late:
        waited = f"{(found.waited or 0) / 60:,.0f}"
        yield notice(
            "jobs",
            f"后台任务：失败 {found.failed} 件，最久等待 {waited} 分钟；请查日志中的 given up 和 failed",
            f"background jobs: {found.failed} failed, the oldest waits {waited} minutes; look for 'given up' and "
            "'failed' in the log",
        )
    else:
        yield ok("jobs", "后台任务没有积压", "no background job failed or waits long")
