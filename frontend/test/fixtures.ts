/** One hostel as the API describes it; each test says only what matters to it. */
import type {
  AlertOut,
  AnomalyOut,
  FaultOut,
  Health,
  HostelOut,
  Me,
  RoomOut,
  SeriesPoint,
} from "@/api/generated/wattwarden";

export const HOSTEL: HostelOut = {
  hostel_id: 1,
  code: "ganga",
  name: "Ganga Hostel",
  timezone: "Asia/Kolkata",
  currency: "INR",
  country: "IN",
  rooms: 2,
  open_alerts: 1,
};

export const MANAGER: Me = {
  user_id: 7,
  email: "asha@example.org",
  name: "Asha Rao",
  role: "manager",
  hostel_ids: [1],
  may: ["read_raw", "acknowledge", "enter_occupancy", "import", "set_suppressions", "change_meter"],
};

export function room(changes: Partial<RoomOut> = {}): RoomOut {
  return {
    room_id: 1,
    hostel_id: 1,
    block: "A",
    floor: 0,
    name: "A-001",
    beds: 4,
    has_ac: false,
    occupancy: 3,
    meter: "WW-1001",
    health: "ok",
    last_seen: "2026-03-01T10:00:00Z",
    power_kw: 0.5,
    expected_kw: 0.4,
    expected_low_kw: 0.2,
    expected_high_kw: 0.7,
    today_kwh: 5.5,
    open_alerts: 0,
    worst_severity: null,
    ...changes,
  };
}

export function alert(changes: Partial<AlertOut> = {}): AlertOut {
  return {
    alert_id: "00000000-0000-4000-8000-000000000001",
    hostel_id: 1,
    room_id: 1,
    room: "A-001",
    block: "A",
    kind: "empty_room_load",
    type: "high_consumption",
    severity: "high",
    state: "open",
    title: "Heavy load while the room is empty",
    why: "1.9 kW against 310 W expected. Nobody is in the room.",
    started_at: "2026-03-01T08:00:00Z",
    last_at: "2026-03-01T10:00:00Z",
    ongoing: true,
    unknown_since: null,
    measured: { quantity: "power", value: 1.92, expected: 0.31 },
    incidents: 1,
    peak_kw: 1.92,
    expected_kw: 0.31,
    excess_kwh: 3.2,
    cost: "27.20",
    currency: "INR",
    confidence: 0.97,
    tier: "model",
    acknowledged_by: null,
    acknowledged_at: null,
    resolution: null,
    note: null,
    feedback: null,
    created_at: "2026-03-01T08:00:05Z",
    ...changes,
  };
}

export function anomaly(changes: Partial<AnomalyOut> = {}): AnomalyOut {
  return {
    anomaly_id: "11111111-0000-4000-8000-000000000001",
    incident_id: "22222222-0000-4000-8000-000000000001",
    room_id: 1,
    room: "A-001",
    meter: "WW-1001",
    ts: "2026-03-01T10:00:00Z",
    type: "high_consumption",
    kind: "empty_room_load",
    severity: "high",
    tier: "model",
    score: 0.99,
    confidence: 0.97,
    actual_kwh: 1.92,
    expected_low_kwh: 0.2,
    expected_kwh: 0.31,
    expected_high_kwh: 0.5,
    excess_kwh: 1.61,
    reasons: { rules: ["empty_room_load"], empty_h: 3, limit_kw: 0.62 },
    ...changes,
  };
}

export function point(start: string, kwh: number | null): SeriesPoint {
  return {
    start,
    kwh,
    filled_kwh: kwh === null ? null : 0,
    expected_low_kwh: 0.2,
    expected_kwh: 0.4,
    expected_high_kwh: 0.7,
    coverage: kwh === null ? 0 : 1,
  };
}

export function fault(changes: Partial<FaultOut> = {}): FaultOut {
  return {
    scope: "meter",
    kind: "silent",
    hostel_id: 1,
    hostel: "Ganga Hostel",
    block: "A",
    room_id: 1,
    room: "A-001",
    meter_id: 1,
    meter: "WW-1001",
    meters: 1,
    since: "2026-03-01T08:00:00Z",
    last_at: "2026-03-01T10:00:00Z",
    n: 1,
    detail: "No reading, though it reports every 15 min.",
    ...changes,
  };
}

export const HEALTH: Health = {
  status: "ok",
  database: true,
  meters: 2,
  silent_meters: 0,
  faults: {
    silent: 0,
    stuck: 0,
    clock_wrong: 0,
    implausible: 0,
    contradicting: 0,
    replay_failing: 0,
  },
  last_reading_received: "2026-03-01T10:00:00Z",
  outbox_waiting: 0,
  messages_failed: 0,
  quarantined: 0,
  model_version: "v3",
  model_share_last_hour: 1,
};
