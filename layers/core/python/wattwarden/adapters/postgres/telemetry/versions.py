"""Several values for one (meter, ts): all are kept, and the one whose first receipt is the latest counts."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.telemetry.incoming import EVERY_INCOMING, stage_readings
from wattwarden.adapters.postgres.telemetry.states import mark_for_replay
from wattwarden.domain.meters import ReplayMark
from wattwarden.domain.readings import ReadingRows
from wattwarden.domain.registers import Quality

_VALUE = "meter_id, ts, kwh, register_kwh, interval_s"
_MEASURES = "voltage, current_a, power_factor"
_OF_INTERVALS = "CASE WHEN register_kwh IS NULL THEN {} END AS {}"

# A value is what was sent: a register's energy and its interval are worked out, and no part of it. What came beside a
# value is as it was when the value was first received. What the batch says, what counts and what else is known are
# ranked together, so that the order in which they came has no say.
_SAVE_VERSIONS = text(f"""
WITH incoming AS MATERIALIZED ({EVERY_INCOMING}),
keys AS (SELECT DISTINCT meter_id, ts FROM incoming),
candidates AS (
    SELECT {_MEASURES}, meter_id, ts, {_OF_INTERVALS.format("kwh * 0.0001", "kwh")}, register_kwh,
        {_OF_INTERVALS.format("interval_s", "interval_s")}, received_at, false AS counted
    FROM incoming
    UNION ALL
    SELECT r.* FROM keys k CROSS JOIN LATERAL (
        SELECT {_MEASURES}, meter_id, ts, {_OF_INTERVALS.format("coalesce(told_kwh, kwh)", "kwh")}, register_kwh,
            {_OF_INTERVALS.format("coalesce(told_interval_s, interval_s)", "interval_s")}, received_at, true
        FROM readings WHERE meter_id = k.meter_id AND ts = k.ts LIMIT 1
    ) r
    UNION ALL
    SELECT {_MEASURES}, {_VALUE}, received_at, false FROM keys JOIN reading_versions USING (meter_id, ts)
), known AS (
    SELECT DISTINCT ON ({_VALUE}) {_MEASURES}, {_VALUE}, received_at, bool_or(counted) OVER same AS counted
    FROM candidates
    WINDOW same AS (PARTITION BY {_VALUE})
    ORDER BY {_VALUE}, received_at, {_MEASURES}
), ranked AS MATERIALIZED (
    SELECT *, row_number() OVER (
        PARTITION BY meter_id, ts
        ORDER BY interval_s NULLS FIRST, received_at DESC, coalesce(register_kwh, kwh) DESC NULLS LAST
    ) = 1 AS counts
    FROM known
), moved AS (
    UPDATE readings r SET received_at = w.received_at, voltage = w.voltage, current_a = w.current_a,
        power_factor = w.power_factor
    FROM ranked w
    WHERE w.counts AND w.counted AND r.meter_id = w.meter_id AND r.ts = w.ts AND r.received_at > w.received_at
    RETURNING r.meter_id, r.ts - r.interval_s * interval '1 second' AS since,
        (old.voltage, old.current_a, old.power_factor)
            IS DISTINCT FROM (new.voltage, new.current_a, new.power_factor) AS restated
), changed AS (
    UPDATE readings r SET
        kwh = w.kwh, register_kwh = w.register_kwh, interval_s = coalesce(w.interval_s, r.interval_s),
        told_kwh = NULL, told_interval_s = NULL,
        voltage = w.voltage, current_a = w.current_a, power_factor = w.power_factor, received_at = w.received_at,
        quality = '{Quality.LATE}'
    FROM ranked w
    WHERE w.counts AND NOT w.counted AND r.meter_id = w.meter_id AND r.ts = w.ts
    RETURNING r.meter_id, r.ts
), removed AS (
    DELETE FROM reading_versions v USING ranked w
    WHERE w.counts AND v.meter_id = w.meter_id AND v.ts = w.ts
        AND (v.kwh, v.register_kwh, v.interval_s) IS NOT DISTINCT FROM (w.kwh, w.register_kwh, w.interval_s)
), kept AS (
    INSERT INTO reading_versions AS kept ({_VALUE}, {_MEASURES}, received_at)
    SELECT {_VALUE}, {_MEASURES}, received_at FROM ranked WHERE NOT counts
    ORDER BY {_VALUE}
    ON CONFLICT ({_VALUE}) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in (*_MEASURES.split(", "), "received_at"))}
    WHERE kept.received_at > excluded.received_at
)
SELECT meter_id, extract(epoch FROM min(since))::float8 AS since
FROM (SELECT meter_id, ts AS since FROM changed UNION ALL SELECT meter_id, since FROM moved WHERE restated) past
GROUP BY meter_id
""")  # noqa: S608 (names from this module)


def save_versions(
    connection: Connection, corrections: ReadingRows | None, versions: ReadingRows | None, marks: Iterable[ReplayMark]
) -> None:
    """Keep every value, and let the right one count. A meter whose past changed by it is marked for a replay."""
    given = [rows for rows in (corrections, versions) if rows is not None and len(rows.ts)]
    if not given:
        return
    rows = ReadingRows.concatenate(given)
    staged = stage_readings(connection, rows, afresh=True)
    changed = {row.meter_id: row.since for row in connection.execute(_SAVE_VERSIONS, staged)}
    marked = {mark.meter_id: mark.from_ts for mark in marks}
    unmarked = {meter: since for meter, since in changed.items() if marked.get(meter, np.inf) > since}
    if unmarked:
        mark_for_replay(connection, unmarked, inclusive=True)
