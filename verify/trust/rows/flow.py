"""Rows 1 and 2: a steady stream, and a burst on top of it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from local.ledger import Comparison, Facts, compare
from verify.browser import Browser
from verify.figures import percentile
from verify.sender import Heard, Post, Sending, lanes
from verify.trust.fleet import MINUTE, Hostel, found, habits
from verify.trust.report import Findings, Form, Row
from verify.trust.system import System

PER_POST = 100
"""Meters of one gateway: it sends one request a minute."""
HOSTEL_METERS = 1_000
WATCHED_METERS = 100
"""The hostel that a browser looks at is as large as a warden's."""
SENDERS = 12
LIMIT_MS = 200.0
SETTLED_SECONDS = 60.0
BURST = 10
BURST_SECONDS = 20.0


@dataclass(frozen=True)
class Steady:
    """One-minute meters that send their readings as the minutes end, spread over the minute: so many a second."""

    hostels: list[Hostel]
    rate: float

    @classmethod
    def of(cls, system: System, rate: float) -> "Steady":
        whole = round((rate * MINUTE - WATCHED_METERS) / HOSTEL_METERS)
        sizes = [WATCHED_METERS, *[HOSTEL_METERS] * max(1, whole)]
        system.say(f"setting up {sum(sizes):,} one-minute meters in {len(sizes)} hostels")
        hostels = [found(system, f"steady{n:02d}", size, meter=each_minute) for n, size in enumerate(sizes)]
        return cls(hostels, sum(sizes) / MINUTE)

    @property
    def ids(self) -> list[int]:
        return [hostel.hostel_id for hostel in self.hostels]

    def posts(self, seconds: float, now: float) -> Iterator[tuple[int, Post]]:
        """(gateway, request) by the moment it is due; the first minute's readings are of the minute that has ended."""
        first = now // MINUTE * MINUTE
        groups = [
            (hostel, serials[start : start + PER_POST])
            for hostel in self.hostels
            for serials in [list(hostel.meters)]
            for start in range(0, len(serials), PER_POST)
        ]
        rng = np.random.default_rng(int(first))
        rng.shuffle(groups)  # gateways of one hostel do not keep step
        for minute in range(int(np.ceil(seconds / MINUTE))):
            stamp = np.array([first + minute * MINUTE], dtype=np.int64)
            for number, (hostel, serials) in enumerate(groups):
                due = minute * MINUTE + MINUTE * number / len(groups)
                if due < seconds:
                    [post] = habits(rng, serials, stamp, MINUTE).posts(hostel, due=due)
                    yield number, post

    def sending(self, system: System, seconds: float) -> Sending:
        return Sending(system.cloud.url, lanes(self.posts(seconds, time.time()), SENDERS))


def each_minute(_: int) -> dict[str, Any]:
    return {"interval_minutes": 1}


def steady_rate(form: Form) -> float:
    return 200.0 if form is Form.SHORT else 1_000.0


def compared(system: System, accepted: Facts, hostel_ids: list[int]) -> Comparison:
    return system.look(
        lambda database: compare(accepted, database.stored(hostel_ids), database.counted_twice(hostel_ids))
    )


def note_identity(findings: Findings, comparison: Comparison) -> None:
    """The claims and figures that every counted row shares."""
    findings.figures |= {
        "accepted": comparison.accepted,
        "stored": comparison.stored,
        "lost": comparison.lost,
        "altered": comparison.altered,
        "invented": comparison.invented,
        "meters_counted_twice": comparison.counted_twice,
    }
    findings.claims["no accepted reading was lost"] = comparison.lost == 0
    findings.claims["none was stored twice, altered or invented, nor counted twice in a roll-up"] = (
        comparison.accepted > 0 and not comparison.altered and not comparison.invented and not comparison.counted_twice
    )


def note_answers(findings: Findings, heard: Heard) -> None:
    findings.figures["answers"] = {str(status): number for status, number in sorted(heard.statuses.items())}
    findings.figures["unanswered"] = heard.unanswered
    if heard.refused or heard.forbidden:
        findings.figures["refused"] = {**heard.refused, **dict.fromkeys(heard.forbidden[:3], 1)}


def steady(system: System, form: Form, findings: Findings) -> None:
    seconds = {Form.SHORT: 20.0, Form.DEFAULT: 600.0, Form.FULL: 3_600.0}[form]
    fleet = Steady.of(system, steady_rate(form))
    browser = Browser(system.admin(), fleet.hostels[0].hostel_id)
    sending = fleet.sending(system, seconds)
    system.say(f"{fleet.rate:,.0f} readings/s for {seconds:.0f} s")
    sending.start()
    browser.start()
    took = sending.join()
    browser.ended.set()
    browser.join()
    findings.figures |= {"readings_per_s": len(sending.accepted()) / took, "seconds": took}
    findings.figures["settled_after_s"] = system.settle()
    heard = sending.heard()
    reads = [delay for delays in browser.delays_ms.values() for delay in delays]
    note_answers(findings, heard)
    note_identity(findings, compared(system, sending.accepted(), fleet.ids))
    posts_p95, reads_p95 = percentile(heard.delays_ms(), 95), percentile(reads, 95)
    findings.figures |= {
        "post_p50_ms": percentile(heard.delays_ms(), 50),
        "post_p95_ms": posts_p95,
        "post_p99_ms": percentile(heard.delays_ms(), 99),
        "get_p50_ms": percentile(reads, 50),
        "get_p95_ms": reads_p95,
        "reads": len(reads),
        "failed_reads": len(browser.failed),
    }
    findings.claims[f"P95 of what gateways send is below {LIMIT_MS:.0f} ms"] = _below(posts_p95)
    findings.claims[f"P95 of what browsers read is below {LIMIT_MS:.0f} ms"] = _below(reads_p95)
    findings.claims["no request was answered with an error of the server, none went unanswered"] = (
        not heard.server_errors and not heard.unanswered and not heard.forbidden and not browser.failed
    )


def burst(system: System, form: Form, findings: Findings) -> None:
    before = 10.0 if form is Form.SHORT else 30.0
    after = SETTLED_SECONDS + 30.0
    fleet = Steady.of(system, steady_rate(form))
    extra = round((BURST - 1) * fleet.rate * BURST_SECONDS)
    late = found(system, "burst", extra // 40, meter=each_minute)
    sending = fleet.sending(system, before + BURST_SECONDS + after)
    bursting = Sending(system.cloud.url, lanes(_backlog(late, before), SENDERS))
    ages: list[tuple[float, float]] = []
    started = sending.start()
    bursting.start(started - time.monotonic())
    system.say(f"{fleet.rate:,.0f} readings/s, and after {before:.0f} s {extra:,} more within {BURST_SECONDS:.0f} s")
    watch = threading.Thread(target=_watch, args=(system, sending, ages), daemon=True)
    watch.start()
    burst_took = bursting.join() - before
    sending.join()
    watch.join()
    findings.figures["settled_after_s"] = system.settle()
    heard, flood = sending.heard(), bursting.heard()
    end = before + max(BURST_SECONDS, burst_took)
    usual, normal = heard.delays_ms(end=before), heard.delays_ms(begin=before + BURST_SECONDS + SETTLED_SECONDS)
    calm = [age for at, age in ages if at >= before + BURST_SECONDS + SETTLED_SECONDS]
    both = Heard()
    both.add(heard)
    both.add(flood)
    findings.figures |= {
        "burst_readings": extra,
        "burst_taken_within_s": burst_took,
        "burst_readings_per_s": extra / burst_took,
        "post_p95_before_ms": percentile(usual, 95),
        "post_p95_during_ms": percentile(heard.delays_ms(before, end), 95),
        "post_p95_60_s_after_ms": percentile(normal, 95),
        "oldest_waiting_record_s": max((age for _, age in ages), default=0.0),
        "oldest_waiting_record_60_s_after_s": max(calm, default=0.0),
    }
    note_answers(findings, both)
    accepted = Facts.union(part for one in (sending, bursting) for part in one.parts())
    note_identity(findings, compared(system, accepted, [*fleet.ids, late.hostel_id]))
    findings.claims["every answer was 202, 207 or 429 with Retry-After"] = (
        set(both.statuses) <= {202, 207, 429} and not both.without_retry_after and not both.unanswered
    )
    findings.claims["everything sent was taken in the end"] = len(accepted) == sending.asked + bursting.asked
    findings.claims[f"60 s after the burst POSTs take below {LIMIT_MS:.0f} ms again (P95)"] = _below(
        percentile(normal, 95)
    )
    findings.claims["60 s after the burst no record waits longer than 5 s"] = bool(calm) and max(calm) < 5.0  # noqa: PLR2004


def _backlog(hostel: Hostel, due: float) -> Iterator[tuple[int, Post]]:
    """What gateways kept while their hostel was offline for forty minutes: sent at once, in order, as fast as taken."""
    last = time.time() // MINUTE * MINUTE
    minutes = np.arange(last - 39 * MINUTE, last + 1, MINUTE, dtype=np.int64)
    serials = list(hostel.meters)
    rng = np.random.default_rng(2)
    for gateway, start in enumerate(range(0, len(serials), PER_POST)):
        table = habits(rng, serials[start : start + PER_POST], minutes, MINUTE)
        for post in table.posts(hostel, due=due):
            yield gateway, post


def _watch(system: System, sending: Sending, ages: list[tuple[float, float]]) -> None:
    while sending.is_active:
        ages.append((time.monotonic() - sending.started, system.backlog_s()))
        time.sleep(1.0)


def _below(value: float | None) -> bool:
    return value is not None and value < LIMIT_MS


ROWS = (
    Row(
        1,
        "1,000 readings/s for an hour (default: 10 min)",
        "0 accepted readings lost, API P95 < 200 ms",
        """60,000 one-minute meters in 61 hostels, 100 to a gateway, send each minute's readings when they are due:
        ten requests a second, open loop, each delay counted from the moment the request was due. The sender
        keeps (meter, instant, value) of all that the door accepted; afterwards the database's readings are
        compared with that as sets (lost, altered, invented), and each meter's hourly roll-up with its readings
        (count and energy). Meanwhile a browser reads rooms, a series and alerts of a hostel of 100 rooms, three
        requests a second.""",
        "`tests/e2e/test_throughput.py`",
        steady,
    ),
    Row(
        2,
        "10x burst",
        "429 with Retry-After, or accepted and kept; normal again within 60 s",
        """The steady stream of row 1 goes on; after half a minute the gateways of a hostel of 4,500 meters come
        back from forty minutes offline and send 180,000 readings at once, as fast as the door takes them. The
        senders count every status and honour Retry-After. What was accepted is compared with the database as in
        row 1. *Normal* is measured on the steady stream from 60 s after the twenty seconds of the burst on: its
        requests' delay, and the age of the oldest record that the consumer had not dealt with, asked of the
        stream once a second.""",
        "`tests/functional/handlers/test_gateway_doors.py`",
        burst,
    ),
)
