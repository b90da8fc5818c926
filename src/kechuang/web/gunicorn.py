"""How gunicorn serves the site; `kechuang run` adds the address and the number of processes."""

import os

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker
from prometheus_client.multiprocess import mark_process_dead

from kechuang.web.settings import UPLOAD_LIMIT

wsgi_app = "kechuang.web.wsgi:application"
preload_app = True  # the policy is read once, before the processes part
worker_class = "gthread"
threads = 8
limit_request_line = 8190  # bytes: a simulation without JavaScript sends every figure of the policy
timeout = 60  # seconds without a sign of life until a process is replaced
graceful_timeout = 10  # seconds
loglevel = "warning"
control_socket_disable = True


def pre_request(_worker: Worker, request: Request) -> None:
    """Close the connection of a body that the site refuses: to keep it, gunicorn would read the body to its end."""
    headers = dict(request.headers)
    if "TRANSFER-ENCODING" in headers or int(headers.get("CONTENT-LENGTH") or 0) > UPLOAD_LIMIT:
        request.force_close()


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """What a process counted stays in the sum when it ends; what it measured of itself goes with it."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(worker.pid)
