"""A Spark session: on the cluster that is named, else on two worker processes of this machine.

Spark from the Python package can do the latter (`local-cluster`), with three cares: it writes its workers' logs into
its own folder, so it is given one of links that goes away again; its ports stay on this machine; and workers must
find the same Python and the same Kechuang.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import kechuang
from kechuang.cluster.errors import ClusterError
from kechuang.policy.language.values import Words

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA: Final = 17
_TWO_WORKERS: Final = "local-cluster[2,1,1024]"
_ONE_PROCESS: Final = "local[2,4]"  # a task may fail three times, as on a cluster
_ON_THIS_MACHINE: Final = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
    # The Java side hands out numbers: quick starts matter to it, quick loops do not.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
_EVERYWHERE: Final = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
_LOGS: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""
_MISSING: Final = Words(
    f"尚未安装 Spark：pip install 'kechuang[spark]'，并安装 Java {JAVA}",
    f"Spark is not installed: pip install 'kechuang[spark]', and install Java {JAVA}",
)


@contextmanager
def session(master: str | None = None, settings: Sequence[str] = ()) -> Iterator[SparkSession]:
    """A session that ends with the block; or, left as it is, the one that runs in this process already.

    The master is the one given, else SPARK_MASTER, else the one of spark-submit, else two workers here. `settings` are
    `key=value` pairs of Spark's configuration. Raises ClusterError when Spark or Java are missing or do not start.
    """
    try:
        import pandas as pd  # noqa: F401 - Spark asks for it before it maps over Arrow
        from pyspark.sql import SparkSession
    except ImportError:
        raise ClusterError(_MISSING) from None
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    master = master or os.environ.get("SPARK_MASTER") or (None if submitted else _best_here())
    chosen = _configuration(master, settings)
    if not submitted:
        check_java()
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    spark = _started(chosen, master)
    try:
        yield spark
    finally:
        spark.stop()


def _configuration(master: str | None, settings: Sequence[str]) -> dict[str, str]:
    """Spark's settings: ours, then those given."""
    chosen = {"spark.app.name": "kechuang", **_EVERYWHERE}
    if master is not None:
        chosen["spark.master"] = master
    if _is_here(master):
        chosen |= _ON_THIS_MACHINE | {"spark.executorEnv.PYTHONPATH": _python_path()}
    return chosen | _settings(settings)


def _started(chosen: Mapping[str, str], master: str | None) -> SparkSession:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in chosen.items():
        builder = builder.config(key, value)
    with _environment(_surroundings(master)):
        try:
            return builder.getOrCreate()
        except PySparkException as error:
            reason = str(error).strip().splitlines()[0]
            raise ClusterError(
                Words(f"无法启动 Spark（{master}）：{reason}", f"cannot start Spark ({master}): {reason}")
            ) from None


def _is_here(master: str | None) -> bool:
    return master is not None and master.startswith("local")


def check_java() -> None:
    """ClusterError unless there is a Java that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    found = _version(java) if java else None
    if found is None or found < JAVA:
        here = (
            Words("没有找到", "none was found") if found is None else Words(f"现为 {found}", f"found {found}")
        )
        raise ClusterError(
            Words(
                f"Spark 需要 Java {JAVA} 或更新版本，{here.zh}；Debian 与 Ubuntu："
                f"sudo apt-get install openjdk-{JAVA}-jre-headless",
                f"Spark needs Java {JAVA} or later, {here.en}. On Debian or Ubuntu: "
                f"sudo apt-get install openjdk-{JAVA}-jre-headless",
            )
        )


def _version(java: str) -> int | None:
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found else None


def _best_here() -> str:
    return _TWO_WORKERS if (_installed() / "bin" / "spark-class").exists() else _ONE_PROCESS


def _installed() -> Path:
    """The distribution that came with the Python package, or the one that SPARK_HOME names."""
    import pyspark

    return Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent)


def _surroundings(master: str | None) -> Mapping[str, str]:
    """The environment in which the Java side starts. On this machine: own folder, own address, this Python."""
    if not _is_here(master):
        return {}
    return {
        "SPARK_HOME": str(_home()),
        "SPARK_CONF_DIR": str(_home() / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }


@cache
def _home() -> Path:
    """A folder like Spark's own, of links, with quiet logs; it lives as long as this process and its Java."""
    home = Path(tempfile.mkdtemp(prefix="kechuang-spark-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for entry in _installed().iterdir():
        if entry.name not in {"conf", "work"}:
            (home / entry.name).symlink_to(entry)
    (home / "conf").mkdir()
    (home / "conf" / "log4j2.properties").write_text(_LOGS, encoding="utf-8")
    return home


def _python_path() -> str:
    here = str(Path(kechuang.__file__).resolve().parents[1])
    return os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for the time of the block; those that are set already stay."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _settings(written: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in written:
        key, separator, value = setting.partition("=")
        if not separator:
            raise ClusterError(
                Words(
                    f"--spark-conf 应写作 键=值，现为“{setting}”",
                    f"--spark-conf is written key=value, found '{setting}'",
                )
            )
        found[key.strip()] = value.strip()
    return found
