"""/metrics: what Prometheus reads, from all processes of this web server and from the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kechuang.operations.gauges import Reading, gauge, gauges

QUEUES: Final = """
    SELECT queue_name, status::text, count(*) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing', 'failed') GROUP BY queue_name, status ORDER BY queue_name, status
"""
OLDEST: Final = """
    SELECT queue_name, extract(epoch FROM now() - min(coalesce(job.scheduled_at, event.at)))::float
    FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo' AND coalesce(job.scheduled_at, event.at) <= now() GROUP BY queue_name ORDER BY queue_name
"""
WORKERS: Final = (
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'"
)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of settings.METRICS_TOKEN; for everybody else there is no such address."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        raise Http404
    counted = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(counted)
    else:
        counted = REGISTRY
    asked = CollectorRegistry()
    asked.register(Gauges())
    return HttpResponse(generate_latest(counted) + generate_latest(asked), content_type=CONTENT_TYPE_LATEST)


class Gauges(Collector):
    """The figures that rooms announce; without a database those that need none, and that it is missing."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each figure, read now."""
        reached = True
        for one in gauges():
            family = GaugeMetricFamily(f"kechuang_{one.name}", one.says, labels=one.labels)
            try:
                for values, figure in one.read():
                    family.add_metric(values, figure)
            except DatabaseError:
                reached = False
                continue
            yield family
        yield GaugeMetricFamily("kechuang_database_up", "1 when the database answers", value=float(reached))


def announce() -> None:
    """The house's own figures."""
    gauge("jobs", "Background jobs that wait (todo), run (doing) or failed", ["queue", "status"], _queues)
    gauge("oldest_job_seconds", "How long the oldest due job has waited", ["queue"], _oldest)
    gauge("workers", "Background workers that gave a sign of life within a minute", [], _workers)


def _queues() -> list[Reading]:
    return [((queue, status), count) for queue, status, count in _rows(QUEUES)]


def _oldest() -> list[Reading]:
    return [((queue,), seconds) for queue, seconds in _rows(OLDEST)]


def _workers() -> list[Reading]:
    return [((), _rows(WORKERS)[0][0])]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
