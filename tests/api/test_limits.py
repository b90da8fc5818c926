"""The token bucket: exact in the long run, one for each client, shared by processes."""

from __future__ import annotations

import os
import threading

import pytest

from kechuang.web.limits import Buckets, client_address


def test_so_many_at_once_and_then_as_they_refill():
    buckets = Buckets(rate=2, burst=3)

    at_once = [buckets.wait("192.0.2.1", now=100.0) for _ in range(4)]

    assert at_once == [0, 0, 0, 0.5]
    assert buckets.wait("192.0.2.1", now=100.4) == pytest.approx(0.1)
    assert buckets.wait("192.0.2.1", now=100.5) == 0
    assert buckets.wait("192.0.2.1", now=100.5) == 0.5


def test_a_refused_request_costs_nothing():
    buckets = Buckets(rate=1, burst=1)
    buckets.wait("192.0.2.1", now=100.0)

    for _ in range(50):
        assert buckets.wait("192.0.2.1", now=100.0) == 1.0

    assert buckets.wait("192.0.2.1", now=101.0) == 0


def test_in_the_long_run_the_rate_holds():
    buckets = Buckets(rate=5, burst=10)

    passed = sum(buckets.wait("192.0.2.1", now=1000 + step / 100) == 0 for step in range(10_000))

    assert passed == 10 + 5 * 100 - 1


def test_what_costs_more_than_a_full_bucket_passes_when_it_is_full():
    buckets = Buckets(rate=1, burst=5)

    assert buckets.wait("192.0.2.1", cost=99, now=100.0) == 0
    assert buckets.wait("192.0.2.1", cost=99, now=100.0) == 5


def test_each_client_has_its_own_and_a_network_of_ipv6_is_one():
    buckets = Buckets(rate=1, burst=1)

    assert buckets.wait("192.0.2.1", now=100.0) == 0
    assert buckets.wait("192.0.2.2", now=100.0) == 0
    assert buckets.wait("2001:db8::1", now=100.0) == 0
    assert buckets.wait("2001:db8::2", now=100.0) == 1.0
    assert buckets.wait("2001:db8:0:1::1", now=100.0) == 0
    assert buckets.wait("::ffff:192.0.2.1", now=100.0) == 1.0
    assert buckets.wait("no address", now=100.0) == 0


def test_threads_together_get_no_more_than_one_alone():
    buckets = Buckets(rate=0.001, burst=100)
    passed = []

    def ask() -> None:
        passed.extend(buckets.wait("192.0.2.1", now=100.0) == 0 for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(passed) == 100


def test_processes_that_part_later_share_the_buckets():
    buckets = Buckets(rate=0.001, burst=100)
    ends = []
    for _ in range(3):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            passed = sum(buckets.wait("192.0.2.1", now=100.0) == 0 for _ in range(60))
            os.write(writing, str(passed).encode())
            os._exit(0)
        os.close(writing)
        ends.append((child, reading))

    passed = 0
    for child, reading in ends:
        passed += int(os.read(reading, 10))
        os.waitpid(child, 0)
        os.close(reading)

    assert passed == 100


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        ("", 0, "10.0.0.1"),
        ("203.0.113.9", 0, "10.0.0.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("", 1, "10.0.0.1"),
        (" , ", 1, "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(forwarded, proxies, client):
    assert client_address("10.0.0.1", forwarded, proxies) == client
