"""Rows 7 to 10: the database, the consumer, the endpoint and the notifier go away, and come back."""

import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from verify.trust.alarms import Alarms
from verify.trust.processes import kill_while_busy
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.flow import Steady, compared, note_answers, note_identity, steady_rate
from verify.trust.system import GaveUpError, System

CALM_SECONDS = 20.0
LONGEST_AFTERWARDS_SECONDS = 300.0
ONCE_AROUND_SECONDS = 60.0
"""Every gateway has sent once."""
CAUGHT_UP_SECONDS = 5.0
"""No record waits longer: the consumer keeps up again."""
ALERT_WITHIN_SECONDS = 15.0
KILLED = "score_readings"
PROBE_SECONDS = 1.0
FAST_SECONDS = 2.5
"""A reading that waits for a dead endpoint takes its time-out of three seconds longer than one that does not."""
BREAKER_WITHIN_SECONDS = 10.0
FALLBACK_WITHIN_SECONDS = 60.0
HEALED_WITHIN_SECONDS = 120.0


def database_down(system: System, form: Form, findings: Findings) -> None:
    outage = {Form.SHORT: 15.0, Form.DEFAULT: 120.0, Form.FULL: 900.0}[form]
    alarms = Alarms.of(system, "afterwards", 3)
    fleet = Steady.of(system, steady_rate(form))
    calm = CALM_SECONDS if form is Form.SHORT else ONCE_AROUND_SECONDS
    sending = fleet.sending(system, calm + outage + min(outage, LONGEST_AFTERWARDS_SECONDS))
    system.say(f"{fleet.rate:,.0f} readings/s; after {calm:.0f} s the database stops for {outage:.0f} s")
    sending.start()
    time.sleep(calm)
    taken_before = sending.taken()
    system.stop_database()
    stopped = time.monotonic()
    time.sleep(outage)
    taken_meanwhile = sending.taken() - taken_before
    system.start_database()
    back = time.monotonic()
    findings.figures["outage_s"] = back - stopped
    caught_up = system.wait(
        "the consumer to keep up again", lambda: system.backlog_s() < CAUGHT_UP_SECONDS, max(900.0, 2 * outage)
    )
    sending.join()
    findings.figures |= {"caught_up_after_s": caught_up, "taken_while_the_database_was_away": taken_meanwhile}
    findings.figures["settled_after_s"] = system.settle()
    heard = sending.heard()
    note_answers(findings, heard)
    note_identity(findings, compared(system, sending.accepted(), fleet.ids))
    findings.claims["everything that was sent was taken in the end"] = len(sending.accepted()) == sending.asked
    findings.claims["the door went on taking readings while the database was away"] = taken_meanwhile > 0
    findings.claims["it answered 202, or 429 or 503 with Retry-After"] = (
        set(heard.statuses) <= {202, 207, 429, 503} and not heard.without_retry_after and not heard.unanswered
    )
    findings.claims["caught up within the outage's length"] = caught_up <= outage
    findings.figures["alerts_after_s"] = [round(_alert_after(alarms, room), 1) for room in range(3)]
    findings.claims[f"afterwards an alert takes less than {ALERT_WITHIN_SECONDS:.0f} s"] = all(
        seconds < ALERT_WITHIN_SECONDS for seconds in findings.figures["alerts_after_s"]
    )


def _alert_after(alarms: Alarms, room: int) -> float:
    """Seconds from a heater's reading to the warden's message."""
    begun = time.monotonic()
    name = alarms.heat(room)
    alarms.system.wait(f"the message about {name}", lambda: name in alarms.messages(), 120.0, every=0.2)
    return time.monotonic() - begun


def consumer_killed(system: System, form: Form, findings: Findings) -> None:
    kills = {Form.SHORT: 3, Form.DEFAULT: 20, Form.FULL: 100}[form]
    alarms = Alarms.of(system, "killed", kills)
    fleet = Steady.of(system, steady_rate(form) / 2)
    sending = fleet.sending(system, 60.0 + 30.0 * kills)
    log = system.state.logs / "streams.log"
    failed_before = log.read_text(errors="replace").count(" failed on ")
    sending.start()
    killed = 0
    system.say(
        f"{fleet.rate:,.0f} readings/s while {KILLED} is killed {kills} times, each time with an alert on its way"
    )
    while killed < kills and sending.is_active:
        heating = threading.Thread(target=alarms.heat, args=(killed,), daemon=True)
        heating.start()
        killed += kill_while_busy(KILLED, system.cloud)
        heating.join()
        time.sleep(1.0)
    sending.stop()
    sending.join()
    findings.figures |= {"kills": killed, "settled_after_s": system.settle()}
    system.wait("every room's message", lambda: len(set(alarms.messages())) >= kills, 180.0, every=1.0)
    time.sleep(5.0 if form is Form.SHORT else CALM_SECONDS)  # a second one would come by now
    interrupted = log.read_text(errors="replace").count(" failed on ") - failed_before
    findings.figures["batches_cut_short"] = interrupted
    note_identity(findings, compared(system, sending.accepted(), fleet.ids))
    alerts, messages = Counter(alert["room"] for alert in alarms.alerts()), Counter(alarms.messages())
    [[twice]] = alarms.notifications("count(*) - count(DISTINCT (alert_id, severity, user_id, channel))")
    findings.figures |= {"alerts": sum(alerts.values()), "messages": sum(messages.values())}
    findings.claims[f"it was killed {kills} times, and batches were cut short by it"] = (
        killed == kills and interrupted > kills / 2
    )
    findings.claims["each faulty room has exactly one alert"] = alerts == dict.fromkeys(list(alarms.rooms)[:kills], 1)
    findings.claims["... and its warden exactly one message, none of them queued twice"] = (
        messages == dict.fromkeys(list(alarms.rooms)[:kills], 1) and twice == 0
    )


@dataclass(frozen=True)
class Probe:
    """A heater's reading during an outage of the endpoint."""

    at: float
    """Seconds after the fault."""
    judged_after: float
    tier: str
    model: str | None


@dataclass
class Probes:
    """Heaters' readings, one a second, each in a room of its own."""

    alarms: Alarms
    next_room: int = 0
    found: list[Probe] = field(default_factory=list)

    def send(self, began: float) -> Probe:
        begun = time.monotonic()
        room = self.alarms.heat(self.next_room)
        self.next_room += 1
        self.alarms.system.wait(f"a verdict on {room}", lambda: self.alarms.verdict(room), 60.0, every=0.1)
        tier, model = self.alarms.verdict(room) or ("", None)
        probe = Probe(begun - began, time.monotonic() - begun, tier, model)
        self.found.append(probe)
        time.sleep(max(0.0, PROBE_SECONDS - (time.monotonic() - begun)))
        return probe


def endpoint_away(system: System, form: Form, findings: Findings) -> None:
    seconds = 20.0 if form is Form.SHORT else 60.0
    alarms = Alarms.of(system, "unmodelled", 400, together=True)
    findings.figures["model"] = system.train_model()
    probes = Probes(alarms)
    time.sleep(CALM_SECONDS)  # the breaker that was open while there was no endpoint tries again
    usual = probes.send(time.monotonic())
    findings.figures["tier_before"] = usual.tier
    findings.claims["before, the model judges, and the anomaly names it"] = usual.tier == "model" and bool(usual.model)
    for name, fault in (("down", system.endpoint_down()), ("5 s slow", system.endpoint_slow(5.0))):
        _endpoint_fault(probes, name, fault, seconds, findings)


def _endpoint_fault(
    probes: Probes, name: str, fault: AbstractContextManager[None], seconds: float, findings: Findings
) -> None:
    probes.alarms.system.say(f"the endpoint is {name} for {seconds:.0f} s")
    with fault:
        began = time.monotonic()
        probes.found.clear()
        while time.monotonic() - began < seconds:
            probes.send(began)
        away = list(probes.found)
    ended = time.monotonic()
    healed = None
    while healed is None and time.monotonic() - ended < HEALED_WITHIN_SECONDS:
        if probes.send(began).tier == "model":
            healed = time.monotonic() - ended
    without = [probe for probe in away if probe.tier in {"rules", "static"}]
    fallback = next((probe.at + probe.judged_after for probe in without), None)
    opened = next((probe.at + probe.judged_after for probe in without if probe.judged_after < FAST_SECONDS), None)
    findings.figures |= {
        f"{name}_first_fallback_verdict_after_s": fallback,
        f"{name}_breaker_open_after_s": opened,
        f"{name}_slowest_verdict_s": max((probe.judged_after for probe in away), default=None),
        f"{name}_tiers": dict(Counter(probe.tier for probe in away)),
        f"{name}_model_back_after_s": healed,
    }
    findings.claims[f"{name}: within {BREAKER_WITHIN_SECONDS:.0f} s readings no longer wait for it"] = (
        opened is not None and opened < BREAKER_WITHIN_SECONDS
    )
    findings.claims[f"{name}: rules judge within {FALLBACK_WITHIN_SECONDS:.0f} s"] = (
        fallback is not None and fallback < FALLBACK_WITHIN_SECONDS
    )
    findings.claims[f"{name}: what rules judged is stamped so, and names no model"] = bool(without) and all(
        probe.model is None for probe in without
    )
    findings.claims[f"{name}: afterwards the model judges again by itself"] = healed is not None


def notifier_down(system: System, form: Form, findings: Findings) -> None:
    outage = {Form.SHORT: 20.0, Form.DEFAULT: 180.0, Form.FULL: 1_800.0}[form]
    rooms = 10
    alarms = Alarms.of(system, "unheard", rooms)
    system.say(f"the notifier is down for {outage:.0f} s, {rooms} alerts meanwhile")
    order = []
    with system.notifier_down():
        began = time.monotonic()
        for room in range(rooms):
            order.append(alarms.heat(room))
            system.wait("the alert", lambda: order[-1] in {alert["room"] for alert in alarms.alerts()}, 60.0)
            time.sleep(max(0.0, began + outage * (room + 1) / rooms - time.monotonic()))
        heard_meanwhile = alarms.messages()
    back = time.monotonic()
    try:
        system.wait("every message", lambda: len(set(alarms.messages())) >= rooms, 300.0, every=0.5)
    except GaveUpError as error:
        system.say(str(error))
    findings.figures["all_delivered_after_s"] = time.monotonic() - back
    time.sleep(75.0)  # longer than the minute after which what waits is sent
    messages = alarms.messages()
    states = Counter(state for (state,) in alarms.notifications("state"))
    findings.figures |= {
        "alerts": rooms,
        "messages_while_down": len(heard_meanwhile),
        "messages": len(messages),
        "notifications": dict(states),
    }
    findings.claims["nothing got through while it was down"] = not heard_meanwhile
    findings.claims["each alert was delivered exactly once"] = sorted(messages) == sorted(order)
    findings.claims["... in the order in which they were raised"] = messages == order
    findings.claims["every delivery is recorded as sent"] = set(states) == {"sent"}


ROWS = (
    Row(
        7,
        "database down 15 min at 1,000/s (default: 2 min)",
        "all recovered, caught up within 15 min",
        """The stream of row 1; after a minute PostgreSQL is stopped, connections cut, and started again after the
        outage; the stream goes on for as long again. Identity is counted as in row 1; senders count every
        status. Caught up is when the oldest record that the consumer has not dealt with is younger than five
        seconds, asked of the streams themselves. Then three heaters' readings are sent and the time until the
        warden's message is taken.""",
        "`tests/integration/test_engine.py`, `.../test_asset_registry.py`, `tests/functional/handlers/test_scoring.py`",
        database_down,
    ),
    Row(
        8,
        "consumer killed (kill -9) 100 times mid-batch (default: 20)",
        "0 lost, 0 duplicated alerts",
        """Half the stream of row 1 while a worker of score_readings is killed with SIGKILL at a moment when it
        uses the processor, each time with a heater's reading on its way. Batches cut short are counted in the
        stream poller's log. Identity as in row 1; alerts by room from the API; messages by room from the outbox
        of what would have left; queued messages by (alert, severity, person, channel).""",
        "`tests/e2e/test_faults.py`, `tests/integration/test_scoring.py`",
        consumer_killed,
    ),
    Row(
        9,
        "endpoint down or 5 s slow",
        "breaker within 10 s, fallback scores within 60 s, heals itself, tier stamped",
        """A model is trained and served. For a minute its processes are killed whenever they come back; then for a
        minute they are stopped (SIGSTOP) and let go every five seconds. A heater's reading is sent each second,
        each in a room with three weeks of history, and timed until its anomaly is in the database, with its
        tier and model. The breaker counts as open from the first verdict that did not wait for the endpoint's
        time-out.""",
        "`tests/functional/adapters/test_model.py`, `tests/e2e/test_model.py`",
        endpoint_away,
    ),
    Row(
        10,
        "notifier down 30 min (default: 3 min)",
        "one delivery each, in order",
        """Publishing to the alert topic fails (a switch of the emulator) while ten alerts are raised one after the
        other. Afterwards the outbox of what would have left is read: rooms by message, in their order, until
        the minute has passed in which leftovers are sent.""",
        "`tests/integration/test_notifications.py`, `tests/unit/usecases/test_deliver.py`",
        notifier_down,
    ),
)
