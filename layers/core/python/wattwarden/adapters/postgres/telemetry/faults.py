"""What shows that a meter has a fault: one row per meter and kind."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.json_parameters import json_rows
from wattwarden.domain.meters import Fault

# A batch that is delivered again shows nothing new: only what is younger than the last sign counts.
_SAVE_FAULTS = text("""
INSERT INTO meter_faults AS kept (meter_id, kind, first_at, last_at, n, detail)
SELECT m.id, f.kind, to_timestamp(min(f.at)), to_timestamp(max(f.at)), count(*),
    (array_agg(f.detail ORDER BY f.at DESC, f.detail))[1]
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS f (hostel_id bigint, meter text, kind text, at float8, detail text)
JOIN meters m ON m.hostel_id = f.hostel_id AND m.serial = f.meter
GROUP BY m.id, f.kind
ORDER BY m.id, f.kind
ON CONFLICT (meter_id, kind) DO UPDATE SET
    first_at = least(kept.first_at, excluded.first_at), last_at = excluded.last_at, n = kept.n + excluded.n,
    detail = excluded.detail
WHERE excluded.last_at > kept.last_at
""")


def save_faults(connection: Connection, faults: Sequence[Fault]) -> None:
    if faults:
        names = ("hostel_id", "meter", "kind", "at", "detail")
        rows = [{name: getattr(fault, name) for name in names} for fault in faults]
        connection.execute(_SAVE_FAULTS, {"rows": json_rows(rows)})
