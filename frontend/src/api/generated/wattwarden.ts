/**
 * Generated from openapi.json by `npm run generate`; do not edit.
 */
import {
  useMutation,
  useQuery
} from '@tanstack/react-query';
import type {
  DataTag,
  DefinedInitialDataOptions,
  DefinedUseQueryResult,
  MutationFunction,
  QueryClient,
  QueryFunction,
  QueryKey,
  UndefinedInitialDataOptions,
  UseMutationOptions,
  UseMutationResult,
  UseQueryOptions,
  UseQueryResult
} from '@tanstack/react-query';

import { apiFetch } from '../client';
import type { ErrorType } from '../client';
export interface AcknowledgeRequest {
  note?: string | null;
}

/**
 * What a person does: a code that the page knows, too.
 */
export type Action = typeof Action[keyof typeof Action];


export const Action = {
  set_up: 'set_up',
  read_raw: 'read_raw',
  acknowledge: 'acknowledge',
  enter_occupancy: 'enter_occupancy',
  import: 'import',
  read_quarantine: 'read_quarantine',
  read_drift: 'read_drift',
  set_suppressions: 'set_suppressions',
  redrive: 'redrive',
  change_meter: 'change_meter',
} as const;

/**
 * The finer kind. What the detector names, the alert says in words.
 */
export type Kind = typeof Kind[keyof typeof Kind];


export const Kind = {
  excess: 'excess',
  empty_room_load: 'empty_room_load',
  shortfall: 'shortfall',
  zero: 'zero',
  flat: 'flat',
  undervoltage: 'undervoltage',
  overvoltage: 'overvoltage',
  power_factor: 'power_factor',
  pattern: 'pattern',
  static_limit: 'static_limit',
} as const;

export type AnomalyType = typeof AnomalyType[keyof typeof AnomalyType];


export const AnomalyType = {
  high_consumption: 'high_consumption',
  low_consumption: 'low_consumption',
  unusual_pattern: 'unusual_pattern',
} as const;

export type Severity = typeof Severity[keyof typeof Severity];


export const Severity = {
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
} as const;

export type AlertState = typeof AlertState[keyof typeof AlertState];


export const AlertState = {
  open: 'open',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
} as const;

/**
 * What a kind of incident is measured in.
 */
export type Quantity = typeof Quantity[keyof typeof Quantity];


export const Quantity = {
  power: 'power',
  voltage: 'voltage',
  power_factor: 'power_factor',
} as const;

/**
 * Of the reading that lies furthest out, in what the alert's kind is measured in: kW, V, or a power factor.
 */
export interface MeasuredOut {
  quantity: Quantity;
  value: number | null;
  expected: number | null;
}

/**
 * Who judged the reading.
 */
export type Tier = typeof Tier[keyof typeof Tier];


export const Tier = {
  model: 'model',
  rules: 'rules',
  static: 'static',
} as const;

/**
 * Why an alert ended by itself.
 */
export type Resolution = typeof Resolution[keyof typeof Resolution];


export const Resolution = {
  history: 'history',
  withdrawn: 'withdrawn',
  folded: 'folded',
} as const;

/**
 * What a person says an alert was: an anomaly, something that had its reason, or not known.
 */
export type Verdict = typeof Verdict[keyof typeof Verdict];


export const Verdict = {
  real: 'real',
  expected: 'expected',
  unsure: 'unsure',
} as const;

/**
 * What somebody said about an alert.
 */
export interface FeedbackOut {
  verdict: Verdict;
  note: string | null;
  user_id: number;
  by: string;
  at: string;
}

/**
 * What a person acts on: one or more incidents of a room (or of a block, then `room_id` is null).
 */
export interface AlertOut {
  alert_id: string;
  hostel_id: number;
  room_id: number | null;
  room: string | null;
  block: string;
  kind: Kind;
  type: AnomalyType;
  severity: Severity;
  state: AlertState;
  title: string;
  why: string;
  started_at: string;
  last_at: string;
  ongoing: boolean;
  unknown_since: string | null;
  measured: MeasuredOut;
  incidents: number;
  peak_kw: number | null;
  expected_kw: number;
  excess_kwh: number | null;
  cost: string | null;
  currency: string;
  confidence: number;
  tier: Tier;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  resolution: Resolution | null;
  note: string | null;
  feedback: FeedbackOut | null;
  created_at: string;
}

export type AnomalyOutReasons = { [key: string]: unknown };

export interface AnomalyOut {
  anomaly_id: string;
  incident_id: string;
  room_id: number;
  room: string;
  meter: string;
  ts: string;
  type: AnomalyType;
  kind: Kind;
  severity: Severity;
  tier: Tier;
  score: number;
  confidence: number;
  actual_kwh: number | null;
  expected_low_kwh: number;
  expected_kwh: number;
  expected_high_kwh: number;
  excess_kwh: number | null;
  reasons: AnomalyOutReasons;
}

export type Channel = typeof Channel[keyof typeof Channel];


export const Channel = {
  email: 'email',
  sms: 'sms',
} as const;

export type MessageState = typeof MessageState[keyof typeof MessageState];


export const MessageState = {
  queued: 'queued',
  sent: 'sent',
  failed: 'failed',
} as const;

export interface DeliveryOut {
  channel: Channel;
  recipient: string;
  state: MessageState;
  queued_at: string;
  sent_at: string | null;
  error: string | null;
}

export interface AlertDetail {
  alert: AlertOut;
  anomalies: AnomalyOut[];
  witness: AnomalyOut | null;
  deliveries: DeliveryOut[];
  feedback: FeedbackOut[];
}

export interface AlertPage {
  alerts: AlertOut[];
  next_before: string | null;
}

export interface AnomalyPage {
  anomalies: AnomalyOut[];
  next_before: string | null;
}

/**
 * What came beyond the items that are kept of a hostel's day: counted only, as the data lake keeps it.
 */
export interface BeyondQuota {
  hostel_id: number | null;
  day: string;
  reason: string;
  times: number;
}

export type FaultOutScope = typeof FaultOutScope[keyof typeof FaultOutScope];


export const FaultOutScope = {
  meter: 'meter',
  block: 'block',
  hostel: 'hostel',
} as const;

export type FaultOutKind = typeof FaultOutKind[keyof typeof FaultOutKind];


export const FaultOutKind = {
  silent: 'silent',
  stuck: 'stuck',
  clock_wrong: 'clock_wrong',
  implausible: 'implausible',
  contradicting: 'contradicting',
  replay_failing: 'replay_failing',
} as const;

/**
 * A meter with a fault, or a block or hostel whose meters fell silent together.
 */
export interface FaultOut {
  scope: FaultOutScope;
  kind: FaultOutKind;
  hostel_id: number;
  hostel: string;
  block: string | null;
  room_id: number | null;
  room: string | null;
  meter_id: number | null;
  meter: string | null;
  meters: number;
  since: string;
  last_at: string;
  n: number;
  detail: string;
}

/**
 * Meters with a fault, by its kind.
 */
export interface FaultCounts {
  silent: number;
  stuck: number;
  clock_wrong: number;
  implausible: number;
  contradicting: number;
  replay_failing: number;
}

/**
 * Faults of meters, those of most meters first, then the youngest.
 */
export interface DataHealth {
  faults: FaultOut[];
  counts: FaultCounts;
}

export type DriftOutStability = {[key: string]: number};

/**
 * A day's look at whether the model still fits. Null: it could not be measured.
 */
export interface DriftOut {
  day: string;
  model: string | null;
  stability: DriftOutStability;
  drifted_share: number | null;
  alert_rate: number | null;
  usual_alert_rate: number | null;
  precision: number | null;
  labelled: number;
  fallback_share: number | null;
  reasons: string[];
  retraining: boolean;
}

export interface DriftPage {
  reports: DriftOut[];
}

export interface FeedbackRequest {
  verdict: Verdict;
  note?: string | null;
}

/**
 * One thing wrong with the request. `field` is a path such as body.rooms.3.name or query.limit.
 */
export interface FieldProblem {
  field: string;
  detail: string;
}

/**
 * A new gateway; the key is shown this once.
 */
export interface GatewayOut {
  gateway_id: number;
  hostel_id: number;
  name: string;
  key: string;
}

export interface GatewayRequest {
  /**
     * @minLength 1
     * @maxLength 64
     */
  name: string;
}

export type HealthStatus = typeof HealthStatus[keyof typeof HealthStatus];


export const HealthStatus = {
  ok: 'ok',
  degraded: 'degraded',
} as const;

/**
 * Liveness of the flow, for the page's freshness badge.
 *
 * It is degraded when events have waited for over five minutes, when no reading came for two hours, and when a meter's
 * replay has been failing for over an hour: a shorter failure is mended by one of its next tries.
 */
export interface Health {
  status: HealthStatus;
  database: boolean;
  meters: number;
  silent_meters: number;
  faults: FaultCounts;
  last_reading_received: string | null;
  outbox_waiting: number;
  messages_failed: number;
  quarantined: number;
  model_version: string | null;
  model_share_last_hour: number | null;
}

/**
 * An alert that suppression rules would have kept from people.
 */
export interface HiddenAlert {
  alert_id: string;
  title: string;
  room: string;
  kind: Kind;
  severity: Severity;
  started_at: string;
  excess_kw: number | null;
  confidence: number;
  verdict: Verdict | null;
}

export interface HostelOut {
  hostel_id: number;
  code: string;
  name: string;
  timezone: string;
  currency: string;
  country: string | null;
  rooms: number;
  open_alerts: number;
}

export type MeterSetupMeasures = typeof MeterSetupMeasures[keyof typeof MeterSetupMeasures];


export const MeterSetupMeasures = {
  interval: 'interval',
  register: 'register',
} as const;

export interface MeterSetup {
  /**
     * @minLength 1
     * @maxLength 64
     * @pattern ^[A-Za-z0-9][A-Za-z0-9._:\-]*$
     */
  serial: string;
  measures?: MeterSetupMeasures;
  /**
     * @minimum 1
     * @maximum 1440
     */
  interval_minutes?: number;
  register_digits?: number | null;
  /**
     * @minimum 100
     * @maximum 480
     */
  nominal_voltage?: number;
  max_kw?: number | null;
}

export interface RoomSetup {
  /**
     * @minLength 1
     * @maxLength 64
     */
  name: string;
  /**
     * @minLength 1
     * @maxLength 32
     */
  block: string;
  /**
     * @minimum -5
     * @maximum 200
     */
  floor: number;
  /**
     * @minimum 0
     * @maximum 12
     */
  beds: number;
  has_ac?: boolean;
  /** @maxItems 8 */
  meters?: MeterSetup[];
}

export type Role = typeof Role[keyof typeof Role];


export const Role = {
  admin: 'admin',
  manager: 'manager',
  warden: 'warden',
  viewer: 'viewer',
} as const;

export interface UserSetup {
  email: string;
  /**
     * @minLength 1
     * @maxLength 120
     */
  name: string;
  role: Role;
  phone?: string | null;
}

/**
 * PUT /v1/hostels/{code}: the whole hostel; sending it again changes what differs and removes nothing.
 */
export interface HostelSetup {
  /**
     * @minLength 1
     * @maxLength 120
     */
  name: string;
  /** @maxLength 64 */
  timezone: string;
  /** @pattern ^[A-Z]{3}$ */
  currency: string;
  country?: string | null;
  price_per_kwh: number | string;
  tariff_from?: string;
  /**
     * @minimum 0
     * @maximum 10000
     */
  told_from_kwh?: number;
  told_from_cost?: number | string | null;
  /**
     * @minimum -90
     * @maximum 90
     */
  latitude: number;
  /**
     * @minimum -180
     * @maximum 180
     */
  longitude: number;
  /** @maxItems 5000 */
  rooms: RoomSetup[];
  /** @maxItems 500 */
  users?: UserSetup[];
}

export type ImportOutState = typeof ImportOutState[keyof typeof ImportOutState];


export const ImportOutState = {
  waiting: 'waiting',
  done: 'done',
  failed: 'failed',
} as const;

export type ImportOutRefusedItem = { [key: string]: unknown };

export interface ImportOut {
  import_id: string;
  state: ImportOutState;
  accepted: number;
  refused: ImportOutRefusedItem[];
}

export interface ImportRequest {
  hostel_id: number;
  /** @pattern ^[^/\\]{1,120}\.(csv|xlsx)$ */
  file_name: string;
}

/**
 * Where to PUT the file, and where its result will be.
 */
export interface ImportTicket {
  import_id: string;
  upload_url: string;
  expires_at: string;
}

/**
 * A one-time right to open the WebSocket, valid for 60 seconds: /live?ticket=...
 */
export interface LiveTicket {
  ticket: string;
  expires_at: string;
}

export interface Me {
  user_id: number;
  email: string;
  name: string;
  role: Role;
  hostel_ids: number[];
  may: Action[];
}

export type MeterChangeInKind = typeof MeterChangeInKind[keyof typeof MeterChangeInKind];


export const MeterChangeInKind = {
  replaced: 'replaced',
  ratio: 'ratio',
} as const;

/**
 * What somebody did to a register meter at an instant; `replaced` needs what is known of both registers.
 *
 * What the old register showed last and the new one first may be left out when nobody read it: that energy is then
 * unknown, and not made up.
 */
export interface MeterChangeIn {
  at: string;
  kind: MeterChangeInKind;
  register_before?: number | null;
  register_after?: number | null;
  multiplier?: number | null;
}

export type MeterChangeOutKind = typeof MeterChangeOutKind[keyof typeof MeterChangeOutKind];


export const MeterChangeOutKind = {
  replaced: 'replaced',
  ratio: 'ratio',
} as const;

export interface MeterChangeOut {
  at: string;
  kind: MeterChangeOutKind;
  register_before: number | null;
  register_after: number | null;
  multiplier: number;
}

/**
 * In order of time.
 */
export interface MeterChangeList {
  meter_id: number;
  changes: MeterChangeOut[];
}

export type MeterOutMeasures = typeof MeterOutMeasures[keyof typeof MeterOutMeasures];


export const MeterOutMeasures = {
  interval: 'interval',
  register: 'register',
} as const;

export interface MeterOut {
  meter_id: number;
  room_id: number;
  serial: string;
  measures: MeterOutMeasures;
  interval_minutes: number;
  register_digits: number | null;
  removed_at: string | null;
}

export interface MeterList {
  meters: MeterOut[];
}

export interface OccupancyEntry {
  /**
     * @minimum 0
     * @maximum 50
     */
  count: number;
}

/**
 * An entry on its way: it counts from `ts` on, as soon as the stream's consumer has read it.
 */
export interface OccupancyOut {
  room_id: number;
  count: number;
  ts: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldProblem[] | null;
}

export type QuarantineOutPayload = { [key: string]: unknown };

export interface QuarantineOut {
  quarantine_id: number;
  source: string;
  reason: string;
  detail: string;
  payload: QuarantineOutPayload;
  first_seen: string;
  times: number;
  last_received_at: string;
}

export interface QuarantinePage {
  items: QuarantineOut[];
  next_before: string | null;
  beyond: BeyondQuota[];
}

export interface ReadingOut {
  meter: string;
  ts: string;
  interval_minutes: number;
  kwh: number | null;
  register_kwh: number | null;
  voltage: number | null;
  current: number | null;
  power_factor: number | null;
  quality: string;
}

export interface ReadingPage {
  readings: ReadingOut[];
  next_before: string | null;
}

/**
 * A value that was sent for an instant. `kwh` is null where a register was sent.
 */
export interface ReadingVersion {
  kwh: number | null;
  register_kwh: number | null;
  received_at: string;
}

/**
 * Everything that was sent for one instant of a meter, when that was not always the same.
 */
export interface ReadingVersions {
  meter: string;
  ts: string;
  counts: ReadingVersion;
  superseded: ReadingVersion[];
}

export interface ReadingVersionList {
  instants: ReadingVersions[];
}

export interface RedriveRequest {
  /**
     * @minLength 1
     * @maxLength 64
     * @pattern ^[a-z_]+$
     */
  reason: string;
}

/**
 * What became of quarantined items: sent through the stream again, or left because that could not help.
 */
export interface Redriven {
  sent: number;
  left: number;
  waiting: number;
}

export interface RemovalRequest {
  at: string;
}

export type RoomOutHealth = typeof RoomOutHealth[keyof typeof RoomOutHealth];


export const RoomOutHealth = {
  ok: 'ok',
  silent: 'silent',
  never_seen: 'never_seen',
} as const;

/**
 * A room and what its meter said last.
 */
export interface RoomOut {
  room_id: number;
  hostel_id: number;
  block: string;
  floor: number;
  name: string;
  beds: number;
  has_ac: boolean;
  occupancy: number | null;
  meter: string | null;
  health: RoomOutHealth;
  last_seen: string | null;
  power_kw: number | null;
  expected_kw: number | null;
  expected_low_kw: number | null;
  expected_high_kw: number | null;
  today_kwh: number | null;
  open_alerts: number;
  worst_severity: Severity | null;
}

export interface RoomPage {
  rooms: RoomOut[];
}

export type SeriesOutResolution = typeof SeriesOutResolution[keyof typeof SeriesOutResolution];


export const SeriesOutResolution = {
  hour: 'hour',
  day: 'day',
} as const;

/**
 * One hour or day of a room. `kwh` is null where nothing was measured; the band where nothing was expected.
 */
export interface SeriesPoint {
  start: string;
  kwh: number | null;
  filled_kwh: number | null;
  expected_low_kwh: number | null;
  expected_kwh: number | null;
  expected_high_kwh: number | null;
  coverage: number;
}

export interface SeriesOut {
  room_id: number;
  timezone: string;
  resolution: SeriesOutResolution;
  points: SeriesPoint[];
}

/**
 * What suppression rules would have done over the last days.
 */
export interface SuppressionEffect {
  days: number;
  alerts: number;
  hidden: number;
  missed: number;
  revealed: number;
  hidden_alerts: HiddenAlert[];
}

/**
 * What the people of a hostel need not hear of: in a room or everywhere, of one kind or every kind.
 *
 * The closest one counts alone. What is critical passes limits; only muting hides it.
 */
export interface SuppressionIn {
  room_id?: number | null;
  kind?: Kind | null;
  minimum_confidence?: number | null;
  minimum_excess_kw?: number | null;
  muted?: boolean;
}

export interface SuppressionOut {
  suppression_id: number;
  room_id: number | null;
  room: string | null;
  kind: Kind | null;
  minimum_confidence: number | null;
  minimum_excess_kw: number | null;
  muted: boolean;
  set_by: string;
  set_at: string;
}

export interface SuppressionList {
  suppressions: SuppressionOut[];
}

/**
 * All of a hostel's suppression rules.
 */
export interface SuppressionSet {
  /** @maxItems 500 */
  suppressions: SuppressionIn[];
}

export type ListAlertsParams = {
hostel_id?: number | null;
state?: AlertState | null;
severity?: Severity | null;
/**
 * Only what is older: `next_before` of the page before.
 */
before?: string | null;
/**
 * @minimum 1
 * @maximum 200
 */
limit?: number;
};

export type ListAnomaliesParams = {
hostel_id?: number | null;
room_id?: number | null;
/**
 * Only what is older: `next_before` of the page before.
 */
before?: string | null;
/**
 * @minimum 1
 * @maximum 200
 */
limit?: number;
};

export type ReadDataHealthParams = {
hostel_id?: number | null;
};

export type ListDriftParams = {
/**
 * @minimum 1
 * @maximum 200
 */
limit?: number;
};

export type ListRoomsParams = {
block?: string | null;
floor?: number | null;
};

export type DeleteMeterChangeParams = {
at: string;
};

export type ListQuarantineParams = {
/**
 * Only what is older: `next_before` of the page before.
 */
before?: string | null;
/**
 * @minimum 1
 * @maximum 200
 */
limit?: number;
};

export type ListReadingsParams = {
/**
 * Only what is older: `next_before` of the page before.
 */
before?: string | null;
/**
 * @minimum 1
 * @maximum 200
 */
limit?: number;
};

export type ListReadingVersionsParams = {
/**
 * Its serial; every meter of the room when left out.
 */
meter?: string | null;
/**
 * A week before `to` when left out.
 */
from?: string | null;
/**
 * The present when left out.
 */
to?: string | null;
};

export type ReadSeriesParams = {
/**
 * A week before `to` when left out.
 */
from?: string | null;
/**
 * The present when left out.
 */
to?: string | null;
};

type SecondParameter<T extends (...args: never) => unknown> = Parameters<T>[1];



const withQueryKey = <T extends object, K>(query: T, queryKey: K): T & { queryKey: K } => {
  const result = { queryKey } as T & { queryKey: K };
  for (const key of Object.keys(query)) {
    // The explicit queryKey always wins, matching the previous
    // `{ ...query, queryKey }` spread where it was set last.
    if (key === 'queryKey') continue;
    Object.defineProperty(result, key, {
      enumerable: true,
      configurable: true,
      get: () => (query as Record<string, unknown>)[key],
    });
  }
  return result;
};

export const getListAlertsUrl = (params?: ListAlertsParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/alerts?${stringifiedParams}` : `/v1/alerts`
}

/**
 * @summary Alerts, youngest first
 */
export const listAlerts = async (params?: ListAlertsParams, options?: Parameters<typeof apiFetch>[1]): Promise<AlertPage> => {

  return apiFetch<AlertPage>(getListAlertsUrl(params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListAlertsQueryKey = (params?: ListAlertsParams,) => {
    return [
    `/v1/alerts`, ...(params ? [params] : [])
    ] as const;
    }


export const getListAlertsQueryOptions = <TData = Awaited<ReturnType<typeof listAlerts>>, TError = ErrorType<Problem>>(params?: ListAlertsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListAlertsQueryKey(params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listAlerts>>> = ({ signal }) => listAlerts(params, { signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListAlertsQueryResult = NonNullable<Awaited<ReturnType<typeof listAlerts>>>
export type ListAlertsQueryError = ErrorType<Problem>


export function useListAlerts<TData = Awaited<ReturnType<typeof listAlerts>>, TError = ErrorType<Problem>>(
 params: undefined |  ListAlertsParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listAlerts>>,
          TError,
          Awaited<ReturnType<typeof listAlerts>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListAlerts<TData = Awaited<ReturnType<typeof listAlerts>>, TError = ErrorType<Problem>>(
 params?: ListAlertsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listAlerts>>,
          TError,
          Awaited<ReturnType<typeof listAlerts>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListAlerts<TData = Awaited<ReturnType<typeof listAlerts>>, TError = ErrorType<Problem>>(
 params?: ListAlertsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Alerts, youngest first
 */

export function useListAlerts<TData = Awaited<ReturnType<typeof listAlerts>>, TError = ErrorType<Problem>>(
 params?: ListAlertsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAlerts>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListAlertsQueryOptions(params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getReadAlertUrl = (alertId: string,) => {




  return `/v1/alerts/${alertId}`
}

/**
 * @summary An alert with its evidence and who was told
 */
export const readAlert = async (alertId: string, options?: Parameters<typeof apiFetch>[1]): Promise<AlertDetail> => {

  return apiFetch<AlertDetail>(getReadAlertUrl(alertId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadAlertQueryKey = (alertId: string,) => {
    return [
    `/v1/alerts/${alertId}`
    ] as const;
    }


export const getReadAlertQueryOptions = <TData = Awaited<ReturnType<typeof readAlert>>, TError = ErrorType<Problem>>(alertId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadAlertQueryKey(alertId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readAlert>>> = ({ signal }) => readAlert(alertId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: alertId !== null && alertId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadAlertQueryResult = NonNullable<Awaited<ReturnType<typeof readAlert>>>
export type ReadAlertQueryError = ErrorType<Problem>


export function useReadAlert<TData = Awaited<ReturnType<typeof readAlert>>, TError = ErrorType<Problem>>(
 alertId: string, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readAlert>>,
          TError,
          Awaited<ReturnType<typeof readAlert>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadAlert<TData = Awaited<ReturnType<typeof readAlert>>, TError = ErrorType<Problem>>(
 alertId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readAlert>>,
          TError,
          Awaited<ReturnType<typeof readAlert>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadAlert<TData = Awaited<ReturnType<typeof readAlert>>, TError = ErrorType<Problem>>(
 alertId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary An alert with its evidence and who was told
 */

export function useReadAlert<TData = Awaited<ReturnType<typeof readAlert>>, TError = ErrorType<Problem>>(
 alertId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readAlert>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadAlertQueryOptions(alertId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getAcknowledgeAlertUrl = (alertId: string,) => {




  return `/v1/alerts/${alertId}/acknowledge`
}

/**
 * @summary Take charge of an alert
 */
export const acknowledgeAlert = async (alertId: string,
    acknowledgeRequest: AcknowledgeRequest, options?: Parameters<typeof apiFetch>[1]): Promise<AlertOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<AlertOut>(getAcknowledgeAlertUrl(alertId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(acknowledgeRequest)
  }
);}





export const getAcknowledgeAlertMutationKey = () => ['acknowledgeAlert'] as const;

export const getAcknowledgeAlertMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof acknowledgeAlert>>, TError,AcknowledgeAlertMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof acknowledgeAlert>>, TError,AcknowledgeAlertMutationVariables, TContext> => {

const mutationKey = getAcknowledgeAlertMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof acknowledgeAlert>>, AcknowledgeAlertMutationVariables> = (props) => {
          const {alertId,data} = props ?? {};

          return  acknowledgeAlert(alertId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type AcknowledgeAlertMutationResult = NonNullable<Awaited<ReturnType<typeof acknowledgeAlert>>>
    export type AcknowledgeAlertMutationBody = AcknowledgeRequest
    export type AcknowledgeAlertMutationError = ErrorType<Problem>
    export type AcknowledgeAlertMutationVariables = {alertId: string;data: AcknowledgeRequest}

    /**
 * @summary Take charge of an alert
 */
export const useAcknowledgeAlert = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof acknowledgeAlert>>, TError,AcknowledgeAlertMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof acknowledgeAlert>>,
        TError,
        AcknowledgeAlertMutationVariables,
        TContext
      > => {
      return useMutation(getAcknowledgeAlertMutationOptions(options), queryClient);
    }

export const getSayWhatItWasUrl = (alertId: string,) => {




  return `/v1/alerts/${alertId}/feedback`
}

/**
 * @summary Say what an alert was; saying it again changes it
 */
export const sayWhatItWas = async (alertId: string,
    feedbackRequest: FeedbackRequest, options?: Parameters<typeof apiFetch>[1]): Promise<AlertOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<AlertOut>(getSayWhatItWasUrl(alertId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(feedbackRequest)
  }
);}





export const getSayWhatItWasMutationKey = () => ['sayWhatItWas'] as const;

export const getSayWhatItWasMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof sayWhatItWas>>, TError,SayWhatItWasMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof sayWhatItWas>>, TError,SayWhatItWasMutationVariables, TContext> => {

const mutationKey = getSayWhatItWasMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof sayWhatItWas>>, SayWhatItWasMutationVariables> = (props) => {
          const {alertId,data} = props ?? {};

          return  sayWhatItWas(alertId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type SayWhatItWasMutationResult = NonNullable<Awaited<ReturnType<typeof sayWhatItWas>>>
    export type SayWhatItWasMutationBody = FeedbackRequest
    export type SayWhatItWasMutationError = ErrorType<Problem>
    export type SayWhatItWasMutationVariables = {alertId: string;data: FeedbackRequest}

    /**
 * @summary Say what an alert was; saying it again changes it
 */
export const useSayWhatItWas = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof sayWhatItWas>>, TError,SayWhatItWasMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof sayWhatItWas>>,
        TError,
        SayWhatItWasMutationVariables,
        TContext
      > => {
      return useMutation(getSayWhatItWasMutationOptions(options), queryClient);
    }

export const getListAnomaliesUrl = (params?: ListAnomaliesParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/anomalies?${stringifiedParams}` : `/v1/anomalies`
}

/**
 * @summary Readings judged abnormal, youngest first
 */
export const listAnomalies = async (params?: ListAnomaliesParams, options?: Parameters<typeof apiFetch>[1]): Promise<AnomalyPage> => {

  return apiFetch<AnomalyPage>(getListAnomaliesUrl(params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListAnomaliesQueryKey = (params?: ListAnomaliesParams,) => {
    return [
    `/v1/anomalies`, ...(params ? [params] : [])
    ] as const;
    }


export const getListAnomaliesQueryOptions = <TData = Awaited<ReturnType<typeof listAnomalies>>, TError = ErrorType<Problem>>(params?: ListAnomaliesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListAnomaliesQueryKey(params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listAnomalies>>> = ({ signal }) => listAnomalies(params, { signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListAnomaliesQueryResult = NonNullable<Awaited<ReturnType<typeof listAnomalies>>>
export type ListAnomaliesQueryError = ErrorType<Problem>


export function useListAnomalies<TData = Awaited<ReturnType<typeof listAnomalies>>, TError = ErrorType<Problem>>(
 params: undefined |  ListAnomaliesParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listAnomalies>>,
          TError,
          Awaited<ReturnType<typeof listAnomalies>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListAnomalies<TData = Awaited<ReturnType<typeof listAnomalies>>, TError = ErrorType<Problem>>(
 params?: ListAnomaliesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listAnomalies>>,
          TError,
          Awaited<ReturnType<typeof listAnomalies>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListAnomalies<TData = Awaited<ReturnType<typeof listAnomalies>>, TError = ErrorType<Problem>>(
 params?: ListAnomaliesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Readings judged abnormal, youngest first
 */

export function useListAnomalies<TData = Awaited<ReturnType<typeof listAnomalies>>, TError = ErrorType<Problem>>(
 params?: ListAnomaliesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listAnomalies>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListAnomaliesQueryOptions(params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getReadDataHealthUrl = (params?: ReadDataHealthParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/data-health?${stringifiedParams}` : `/v1/data-health`
}

/**
 * @summary Meters that are silent, stuck, of a wrong clock or beyond belief
 */
export const readDataHealth = async (params?: ReadDataHealthParams, options?: Parameters<typeof apiFetch>[1]): Promise<DataHealth> => {

  return apiFetch<DataHealth>(getReadDataHealthUrl(params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadDataHealthQueryKey = (params?: ReadDataHealthParams,) => {
    return [
    `/v1/data-health`, ...(params ? [params] : [])
    ] as const;
    }


export const getReadDataHealthQueryOptions = <TData = Awaited<ReturnType<typeof readDataHealth>>, TError = ErrorType<Problem>>(params?: ReadDataHealthParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadDataHealthQueryKey(params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readDataHealth>>> = ({ signal }) => readDataHealth(params, { signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadDataHealthQueryResult = NonNullable<Awaited<ReturnType<typeof readDataHealth>>>
export type ReadDataHealthQueryError = ErrorType<Problem>


export function useReadDataHealth<TData = Awaited<ReturnType<typeof readDataHealth>>, TError = ErrorType<Problem>>(
 params: undefined |  ReadDataHealthParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readDataHealth>>,
          TError,
          Awaited<ReturnType<typeof readDataHealth>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadDataHealth<TData = Awaited<ReturnType<typeof readDataHealth>>, TError = ErrorType<Problem>>(
 params?: ReadDataHealthParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readDataHealth>>,
          TError,
          Awaited<ReturnType<typeof readDataHealth>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadDataHealth<TData = Awaited<ReturnType<typeof readDataHealth>>, TError = ErrorType<Problem>>(
 params?: ReadDataHealthParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Meters that are silent, stuck, of a wrong clock or beyond belief
 */

export function useReadDataHealth<TData = Awaited<ReturnType<typeof readDataHealth>>, TError = ErrorType<Problem>>(
 params?: ReadDataHealthParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readDataHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadDataHealthQueryOptions(params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListDriftUrl = (params?: ListDriftParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/drift?${stringifiedParams}` : `/v1/drift`
}

/**
 * @summary Whether the model still fits, day by day, youngest first
 */
export const listDrift = async (params?: ListDriftParams, options?: Parameters<typeof apiFetch>[1]): Promise<DriftPage> => {

  return apiFetch<DriftPage>(getListDriftUrl(params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListDriftQueryKey = (params?: ListDriftParams,) => {
    return [
    `/v1/drift`, ...(params ? [params] : [])
    ] as const;
    }


export const getListDriftQueryOptions = <TData = Awaited<ReturnType<typeof listDrift>>, TError = ErrorType<Problem>>(params?: ListDriftParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListDriftQueryKey(params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listDrift>>> = ({ signal }) => listDrift(params, { signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListDriftQueryResult = NonNullable<Awaited<ReturnType<typeof listDrift>>>
export type ListDriftQueryError = ErrorType<Problem>


export function useListDrift<TData = Awaited<ReturnType<typeof listDrift>>, TError = ErrorType<Problem>>(
 params: undefined |  ListDriftParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listDrift>>,
          TError,
          Awaited<ReturnType<typeof listDrift>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListDrift<TData = Awaited<ReturnType<typeof listDrift>>, TError = ErrorType<Problem>>(
 params?: ListDriftParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listDrift>>,
          TError,
          Awaited<ReturnType<typeof listDrift>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListDrift<TData = Awaited<ReturnType<typeof listDrift>>, TError = ErrorType<Problem>>(
 params?: ListDriftParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Whether the model still fits, day by day, youngest first
 */

export function useListDrift<TData = Awaited<ReturnType<typeof listDrift>>, TError = ErrorType<Problem>>(
 params?: ListDriftParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listDrift>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListDriftQueryOptions(params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getReadHealthUrl = () => {




  return `/v1/health`
}

/**
 * @summary Whether readings flow and are judged
 */
export const readHealth = async ( options?: Parameters<typeof apiFetch>[1]): Promise<Health> => {

  return apiFetch<Health>(getReadHealthUrl(),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadHealthQueryKey = () => {
    return [
    `/v1/health`
    ] as const;
    }


export const getReadHealthQueryOptions = <TData = Awaited<ReturnType<typeof readHealth>>, TError = ErrorType<Problem>>( options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadHealthQueryKey();



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readHealth>>> = ({ signal }) => readHealth({ signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadHealthQueryResult = NonNullable<Awaited<ReturnType<typeof readHealth>>>
export type ReadHealthQueryError = ErrorType<Problem>


export function useReadHealth<TData = Awaited<ReturnType<typeof readHealth>>, TError = ErrorType<Problem>>(
  options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readHealth>>,
          TError,
          Awaited<ReturnType<typeof readHealth>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadHealth<TData = Awaited<ReturnType<typeof readHealth>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readHealth>>,
          TError,
          Awaited<ReturnType<typeof readHealth>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadHealth<TData = Awaited<ReturnType<typeof readHealth>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Whether readings flow and are judged
 */

export function useReadHealth<TData = Awaited<ReturnType<typeof readHealth>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readHealth>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadHealthQueryOptions(options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListHostelsUrl = () => {




  return `/v1/hostels`
}

/**
 * @summary The hostels the person sees
 */
export const listHostels = async ( options?: Parameters<typeof apiFetch>[1]): Promise<HostelOut[]> => {

  return apiFetch<HostelOut[]>(getListHostelsUrl(),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListHostelsQueryKey = () => {
    return [
    `/v1/hostels`
    ] as const;
    }


export const getListHostelsQueryOptions = <TData = Awaited<ReturnType<typeof listHostels>>, TError = ErrorType<Problem>>( options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListHostelsQueryKey();



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listHostels>>> = ({ signal }) => listHostels({ signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListHostelsQueryResult = NonNullable<Awaited<ReturnType<typeof listHostels>>>
export type ListHostelsQueryError = ErrorType<Problem>


export function useListHostels<TData = Awaited<ReturnType<typeof listHostels>>, TError = ErrorType<Problem>>(
  options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listHostels>>,
          TError,
          Awaited<ReturnType<typeof listHostels>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListHostels<TData = Awaited<ReturnType<typeof listHostels>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listHostels>>,
          TError,
          Awaited<ReturnType<typeof listHostels>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListHostels<TData = Awaited<ReturnType<typeof listHostels>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary The hostels the person sees
 */

export function useListHostels<TData = Awaited<ReturnType<typeof listHostels>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listHostels>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListHostelsQueryOptions(options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getPutHostelUrl = (code: string,) => {




  return `/v1/hostels/${code}`
}

/**
 * @summary Set up or change a hostel with its rooms and people
 */
export const putHostel = async (code: string,
    hostelSetup: HostelSetup, options?: Parameters<typeof apiFetch>[1]): Promise<HostelOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<HostelOut>(getPutHostelUrl(code),
  {
    ...options,
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(hostelSetup)
  }
);}





export const getPutHostelMutationKey = () => ['putHostel'] as const;

export const getPutHostelMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putHostel>>, TError,PutHostelMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof putHostel>>, TError,PutHostelMutationVariables, TContext> => {

const mutationKey = getPutHostelMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof putHostel>>, PutHostelMutationVariables> = (props) => {
          const {code,data} = props ?? {};

          return  putHostel(code,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type PutHostelMutationResult = NonNullable<Awaited<ReturnType<typeof putHostel>>>
    export type PutHostelMutationBody = HostelSetup
    export type PutHostelMutationError = ErrorType<Problem>
    export type PutHostelMutationVariables = {code: string;data: HostelSetup}

    /**
 * @summary Set up or change a hostel with its rooms and people
 */
export const usePutHostel = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putHostel>>, TError,PutHostelMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof putHostel>>,
        TError,
        PutHostelMutationVariables,
        TContext
      > => {
      return useMutation(getPutHostelMutationOptions(options), queryClient);
    }

export const getCreateGatewayUrl = (hostelId: number,) => {




  return `/v1/hostels/${hostelId}/gateways`
}

/**
 * @summary Register a gateway; its key is shown this once
 */
export const createGateway = async (hostelId: number,
    gatewayRequest: GatewayRequest, options?: Parameters<typeof apiFetch>[1]): Promise<GatewayOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<GatewayOut>(getCreateGatewayUrl(hostelId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(gatewayRequest)
  }
);}





export const getCreateGatewayMutationKey = () => ['createGateway'] as const;

export const getCreateGatewayMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createGateway>>, TError,CreateGatewayMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof createGateway>>, TError,CreateGatewayMutationVariables, TContext> => {

const mutationKey = getCreateGatewayMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof createGateway>>, CreateGatewayMutationVariables> = (props) => {
          const {hostelId,data} = props ?? {};

          return  createGateway(hostelId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type CreateGatewayMutationResult = NonNullable<Awaited<ReturnType<typeof createGateway>>>
    export type CreateGatewayMutationBody = GatewayRequest
    export type CreateGatewayMutationError = ErrorType<Problem>
    export type CreateGatewayMutationVariables = {hostelId: number;data: GatewayRequest}

    /**
 * @summary Register a gateway; its key is shown this once
 */
export const useCreateGateway = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createGateway>>, TError,CreateGatewayMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof createGateway>>,
        TError,
        CreateGatewayMutationVariables,
        TContext
      > => {
      return useMutation(getCreateGatewayMutationOptions(options), queryClient);
    }

export const getListRoomsUrl = (hostelId: number,
    params?: ListRoomsParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/hostels/${hostelId}/rooms?${stringifiedParams}` : `/v1/hostels/${hostelId}/rooms`
}

/**
 * @summary Rooms of a hostel and what their meters said last
 */
export const listRooms = async (hostelId: number,
    params?: ListRoomsParams, options?: Parameters<typeof apiFetch>[1]): Promise<RoomPage> => {

  return apiFetch<RoomPage>(getListRoomsUrl(hostelId,params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListRoomsQueryKey = (hostelId: number,
    params?: ListRoomsParams,) => {
    return [
    `/v1/hostels/${hostelId}/rooms`, ...(params ? [params] : [])
    ] as const;
    }


export const getListRoomsQueryOptions = <TData = Awaited<ReturnType<typeof listRooms>>, TError = ErrorType<Problem>>(hostelId: number,
    params?: ListRoomsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListRoomsQueryKey(hostelId,params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listRooms>>> = ({ signal }) => listRooms(hostelId,params, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: hostelId !== null && hostelId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListRoomsQueryResult = NonNullable<Awaited<ReturnType<typeof listRooms>>>
export type ListRoomsQueryError = ErrorType<Problem>


export function useListRooms<TData = Awaited<ReturnType<typeof listRooms>>, TError = ErrorType<Problem>>(
 hostelId: number,
    params: undefined |  ListRoomsParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listRooms>>,
          TError,
          Awaited<ReturnType<typeof listRooms>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListRooms<TData = Awaited<ReturnType<typeof listRooms>>, TError = ErrorType<Problem>>(
 hostelId: number,
    params?: ListRoomsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listRooms>>,
          TError,
          Awaited<ReturnType<typeof listRooms>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListRooms<TData = Awaited<ReturnType<typeof listRooms>>, TError = ErrorType<Problem>>(
 hostelId: number,
    params?: ListRoomsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Rooms of a hostel and what their meters said last
 */

export function useListRooms<TData = Awaited<ReturnType<typeof listRooms>>, TError = ErrorType<Problem>>(
 hostelId: number,
    params?: ListRoomsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listRooms>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListRoomsQueryOptions(hostelId,params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListSuppressionsUrl = (hostelId: number,) => {




  return `/v1/hostels/${hostelId}/suppressions`
}

/**
 * @summary What the hostel's people need not hear of
 */
export const listSuppressions = async (hostelId: number, options?: Parameters<typeof apiFetch>[1]): Promise<SuppressionList> => {

  return apiFetch<SuppressionList>(getListSuppressionsUrl(hostelId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListSuppressionsQueryKey = (hostelId: number,) => {
    return [
    `/v1/hostels/${hostelId}/suppressions`
    ] as const;
    }


export const getListSuppressionsQueryOptions = <TData = Awaited<ReturnType<typeof listSuppressions>>, TError = ErrorType<Problem>>(hostelId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListSuppressionsQueryKey(hostelId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listSuppressions>>> = ({ signal }) => listSuppressions(hostelId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: hostelId !== null && hostelId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListSuppressionsQueryResult = NonNullable<Awaited<ReturnType<typeof listSuppressions>>>
export type ListSuppressionsQueryError = ErrorType<Problem>


export function useListSuppressions<TData = Awaited<ReturnType<typeof listSuppressions>>, TError = ErrorType<Problem>>(
 hostelId: number, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listSuppressions>>,
          TError,
          Awaited<ReturnType<typeof listSuppressions>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListSuppressions<TData = Awaited<ReturnType<typeof listSuppressions>>, TError = ErrorType<Problem>>(
 hostelId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listSuppressions>>,
          TError,
          Awaited<ReturnType<typeof listSuppressions>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListSuppressions<TData = Awaited<ReturnType<typeof listSuppressions>>, TError = ErrorType<Problem>>(
 hostelId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary What the hostel's people need not hear of
 */

export function useListSuppressions<TData = Awaited<ReturnType<typeof listSuppressions>>, TError = ErrorType<Problem>>(
 hostelId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listSuppressions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListSuppressionsQueryOptions(hostelId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getPutSuppressionsUrl = (hostelId: number,) => {




  return `/v1/hostels/${hostelId}/suppressions`
}

/**
 * @summary Have these suppression rules count from now on, and no others
 */
export const putSuppressions = async (hostelId: number,
    suppressionSet: SuppressionSet, options?: Parameters<typeof apiFetch>[1]): Promise<SuppressionList> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<SuppressionList>(getPutSuppressionsUrl(hostelId),
  {
    ...options,
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(suppressionSet)
  }
);}





export const getPutSuppressionsMutationKey = () => ['putSuppressions'] as const;

export const getPutSuppressionsMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putSuppressions>>, TError,PutSuppressionsMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof putSuppressions>>, TError,PutSuppressionsMutationVariables, TContext> => {

const mutationKey = getPutSuppressionsMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof putSuppressions>>, PutSuppressionsMutationVariables> = (props) => {
          const {hostelId,data} = props ?? {};

          return  putSuppressions(hostelId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type PutSuppressionsMutationResult = NonNullable<Awaited<ReturnType<typeof putSuppressions>>>
    export type PutSuppressionsMutationBody = SuppressionSet
    export type PutSuppressionsMutationError = ErrorType<Problem>
    export type PutSuppressionsMutationVariables = {hostelId: number;data: SuppressionSet}

    /**
 * @summary Have these suppression rules count from now on, and no others
 */
export const usePutSuppressions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putSuppressions>>, TError,PutSuppressionsMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof putSuppressions>>,
        TError,
        PutSuppressionsMutationVariables,
        TContext
      > => {
      return useMutation(getPutSuppressionsMutationOptions(options), queryClient);
    }

export const getPreviewSuppressionsUrl = (hostelId: number,) => {




  return `/v1/hostels/${hostelId}/suppressions/preview`
}

/**
 * @summary What these suppression rules would have done with the last thirty days
 */
export const previewSuppressions = async (hostelId: number,
    suppressionSet: SuppressionSet, options?: Parameters<typeof apiFetch>[1]): Promise<SuppressionEffect> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<SuppressionEffect>(getPreviewSuppressionsUrl(hostelId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(suppressionSet)
  }
);}





export const getPreviewSuppressionsMutationKey = () => ['previewSuppressions'] as const;

export const getPreviewSuppressionsMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof previewSuppressions>>, TError,PreviewSuppressionsMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof previewSuppressions>>, TError,PreviewSuppressionsMutationVariables, TContext> => {

const mutationKey = getPreviewSuppressionsMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof previewSuppressions>>, PreviewSuppressionsMutationVariables> = (props) => {
          const {hostelId,data} = props ?? {};

          return  previewSuppressions(hostelId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type PreviewSuppressionsMutationResult = NonNullable<Awaited<ReturnType<typeof previewSuppressions>>>
    export type PreviewSuppressionsMutationBody = SuppressionSet
    export type PreviewSuppressionsMutationError = ErrorType<Problem>
    export type PreviewSuppressionsMutationVariables = {hostelId: number;data: SuppressionSet}

    /**
 * @summary What these suppression rules would have done with the last thirty days
 */
export const usePreviewSuppressions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof previewSuppressions>>, TError,PreviewSuppressionsMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof previewSuppressions>>,
        TError,
        PreviewSuppressionsMutationVariables,
        TContext
      > => {
      return useMutation(getPreviewSuppressionsMutationOptions(options), queryClient);
    }

export const getCreateImportUrl = () => {




  return `/v1/imports`
}

/**
 * @summary Where to put a CSV or Excel file of readings
 */
export const createImport = async (importRequest: ImportRequest, options?: Parameters<typeof apiFetch>[1]): Promise<ImportTicket> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<ImportTicket>(getCreateImportUrl(),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(importRequest)
  }
);}





export const getCreateImportMutationKey = () => ['createImport'] as const;

export const getCreateImportMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createImport>>, TError,CreateImportMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof createImport>>, TError,CreateImportMutationVariables, TContext> => {

const mutationKey = getCreateImportMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof createImport>>, CreateImportMutationVariables> = (props) => {
          const {data} = props ?? {};

          return  createImport(data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type CreateImportMutationResult = NonNullable<Awaited<ReturnType<typeof createImport>>>
    export type CreateImportMutationBody = ImportRequest
    export type CreateImportMutationError = ErrorType<Problem>
    export type CreateImportMutationVariables = {data: ImportRequest}

    /**
 * @summary Where to put a CSV or Excel file of readings
 */
export const useCreateImport = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createImport>>, TError,CreateImportMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof createImport>>,
        TError,
        CreateImportMutationVariables,
        TContext
      > => {
      return useMutation(getCreateImportMutationOptions(options), queryClient);
    }

export const getReadImportUrl = (importId: string,) => {




  return `/v1/imports/${importId}`
}

/**
 * @summary What became of an uploaded file
 */
export const readImport = async (importId: string, options?: Parameters<typeof apiFetch>[1]): Promise<ImportOut> => {

  return apiFetch<ImportOut>(getReadImportUrl(importId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadImportQueryKey = (importId: string,) => {
    return [
    `/v1/imports/${importId}`
    ] as const;
    }


export const getReadImportQueryOptions = <TData = Awaited<ReturnType<typeof readImport>>, TError = ErrorType<Problem>>(importId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadImportQueryKey(importId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readImport>>> = ({ signal }) => readImport(importId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: importId !== null && importId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadImportQueryResult = NonNullable<Awaited<ReturnType<typeof readImport>>>
export type ReadImportQueryError = ErrorType<Problem>


export function useReadImport<TData = Awaited<ReturnType<typeof readImport>>, TError = ErrorType<Problem>>(
 importId: string, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readImport>>,
          TError,
          Awaited<ReturnType<typeof readImport>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadImport<TData = Awaited<ReturnType<typeof readImport>>, TError = ErrorType<Problem>>(
 importId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readImport>>,
          TError,
          Awaited<ReturnType<typeof readImport>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadImport<TData = Awaited<ReturnType<typeof readImport>>, TError = ErrorType<Problem>>(
 importId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary What became of an uploaded file
 */

export function useReadImport<TData = Awaited<ReturnType<typeof readImport>>, TError = ErrorType<Problem>>(
 importId: string, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readImport>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadImportQueryOptions(importId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getCreateLiveTicketUrl = () => {




  return `/v1/live/tickets`
}

/**
 * @summary A one-time right to open the WebSocket
 */
export const createLiveTicket = async ( options?: Parameters<typeof apiFetch>[1]): Promise<LiveTicket> => {

  return apiFetch<LiveTicket>(getCreateLiveTicketUrl(),
  {
    ...options,
    method: 'POST'


  }
);}





export const getCreateLiveTicketMutationKey = () => ['createLiveTicket'] as const;

export const getCreateLiveTicketMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createLiveTicket>>, TError,void, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof createLiveTicket>>, TError,void, TContext> => {

const mutationKey = getCreateLiveTicketMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof createLiveTicket>>, void> = () => {


          return  createLiveTicket(requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type CreateLiveTicketMutationResult = NonNullable<Awaited<ReturnType<typeof createLiveTicket>>>

    export type CreateLiveTicketMutationError = ErrorType<Problem>


    /**
 * @summary A one-time right to open the WebSocket
 */
export const useCreateLiveTicket = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createLiveTicket>>, TError,void, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof createLiveTicket>>,
        TError,
        void,
        TContext
      > => {
      return useMutation(getCreateLiveTicketMutationOptions(options), queryClient);
    }

export const getReadMeUrl = () => {




  return `/v1/me`
}

/**
 * @summary Who is signed in, and what they may see
 */
export const readMe = async ( options?: Parameters<typeof apiFetch>[1]): Promise<Me> => {

  return apiFetch<Me>(getReadMeUrl(),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadMeQueryKey = () => {
    return [
    `/v1/me`
    ] as const;
    }


export const getReadMeQueryOptions = <TData = Awaited<ReturnType<typeof readMe>>, TError = ErrorType<Problem>>( options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadMeQueryKey();



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readMe>>> = ({ signal }) => readMe({ signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadMeQueryResult = NonNullable<Awaited<ReturnType<typeof readMe>>>
export type ReadMeQueryError = ErrorType<Problem>


export function useReadMe<TData = Awaited<ReturnType<typeof readMe>>, TError = ErrorType<Problem>>(
  options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readMe>>,
          TError,
          Awaited<ReturnType<typeof readMe>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadMe<TData = Awaited<ReturnType<typeof readMe>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readMe>>,
          TError,
          Awaited<ReturnType<typeof readMe>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadMe<TData = Awaited<ReturnType<typeof readMe>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Who is signed in, and what they may see
 */

export function useReadMe<TData = Awaited<ReturnType<typeof readMe>>, TError = ErrorType<Problem>>(
  options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readMe>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadMeQueryOptions(options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListMeterChangesUrl = (meterId: number,) => {




  return `/v1/meters/${meterId}/changes`
}

/**
 * @summary What was done to a meter
 */
export const listMeterChanges = async (meterId: number, options?: Parameters<typeof apiFetch>[1]): Promise<MeterChangeList> => {

  return apiFetch<MeterChangeList>(getListMeterChangesUrl(meterId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListMeterChangesQueryKey = (meterId: number,) => {
    return [
    `/v1/meters/${meterId}/changes`
    ] as const;
    }


export const getListMeterChangesQueryOptions = <TData = Awaited<ReturnType<typeof listMeterChanges>>, TError = ErrorType<Problem>>(meterId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListMeterChangesQueryKey(meterId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listMeterChanges>>> = ({ signal }) => listMeterChanges(meterId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: meterId !== null && meterId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListMeterChangesQueryResult = NonNullable<Awaited<ReturnType<typeof listMeterChanges>>>
export type ListMeterChangesQueryError = ErrorType<Problem>


export function useListMeterChanges<TData = Awaited<ReturnType<typeof listMeterChanges>>, TError = ErrorType<Problem>>(
 meterId: number, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listMeterChanges>>,
          TError,
          Awaited<ReturnType<typeof listMeterChanges>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListMeterChanges<TData = Awaited<ReturnType<typeof listMeterChanges>>, TError = ErrorType<Problem>>(
 meterId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listMeterChanges>>,
          TError,
          Awaited<ReturnType<typeof listMeterChanges>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListMeterChanges<TData = Awaited<ReturnType<typeof listMeterChanges>>, TError = ErrorType<Problem>>(
 meterId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary What was done to a meter
 */

export function useListMeterChanges<TData = Awaited<ReturnType<typeof listMeterChanges>>, TError = ErrorType<Problem>>(
 meterId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeterChanges>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListMeterChangesQueryOptions(meterId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getCreateMeterChangeUrl = (meterId: number,) => {




  return `/v1/meters/${meterId}/changes`
}

/**
 * @summary Record that a register meter was replaced, or its ratio changed; again at the same instant to correct it
 */
export const createMeterChange = async (meterId: number,
    meterChangeIn: MeterChangeIn, options?: Parameters<typeof apiFetch>[1]): Promise<MeterChangeList> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<MeterChangeList>(getCreateMeterChangeUrl(meterId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(meterChangeIn)
  }
);}





export const getCreateMeterChangeMutationKey = () => ['createMeterChange'] as const;

export const getCreateMeterChangeMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createMeterChange>>, TError,CreateMeterChangeMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof createMeterChange>>, TError,CreateMeterChangeMutationVariables, TContext> => {

const mutationKey = getCreateMeterChangeMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof createMeterChange>>, CreateMeterChangeMutationVariables> = (props) => {
          const {meterId,data} = props ?? {};

          return  createMeterChange(meterId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type CreateMeterChangeMutationResult = NonNullable<Awaited<ReturnType<typeof createMeterChange>>>
    export type CreateMeterChangeMutationBody = MeterChangeIn
    export type CreateMeterChangeMutationError = ErrorType<Problem>
    export type CreateMeterChangeMutationVariables = {meterId: number;data: MeterChangeIn}

    /**
 * @summary Record that a register meter was replaced, or its ratio changed; again at the same instant to correct it
 */
export const useCreateMeterChange = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createMeterChange>>, TError,CreateMeterChangeMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof createMeterChange>>,
        TError,
        CreateMeterChangeMutationVariables,
        TContext
      > => {
      return useMutation(getCreateMeterChangeMutationOptions(options), queryClient);
    }

export const getDeleteMeterChangeUrl = (meterId: number,
    params: DeleteMeterChangeParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/meters/${meterId}/changes?${stringifiedParams}` : `/v1/meters/${meterId}/changes`
}

/**
 * @summary Take back the change of an instant
 */
export const deleteMeterChange = async (meterId: number,
    params: DeleteMeterChangeParams, options?: Parameters<typeof apiFetch>[1]): Promise<MeterChangeList> => {

  return apiFetch<MeterChangeList>(getDeleteMeterChangeUrl(meterId,params),
  {
    ...options,
    method: 'DELETE'


  }
);}





export const getDeleteMeterChangeMutationKey = () => ['deleteMeterChange'] as const;

export const getDeleteMeterChangeMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof deleteMeterChange>>, TError,DeleteMeterChangeMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof deleteMeterChange>>, TError,DeleteMeterChangeMutationVariables, TContext> => {

const mutationKey = getDeleteMeterChangeMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof deleteMeterChange>>, DeleteMeterChangeMutationVariables> = (props) => {
          const {meterId,params} = props ?? {};

          return  deleteMeterChange(meterId,params,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type DeleteMeterChangeMutationResult = NonNullable<Awaited<ReturnType<typeof deleteMeterChange>>>

    export type DeleteMeterChangeMutationError = ErrorType<Problem>
    export type DeleteMeterChangeMutationVariables = {meterId: number;params: DeleteMeterChangeParams}

    /**
 * @summary Take back the change of an instant
 */
export const useDeleteMeterChange = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof deleteMeterChange>>, TError,DeleteMeterChangeMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof deleteMeterChange>>,
        TError,
        DeleteMeterChangeMutationVariables,
        TContext
      > => {
      return useMutation(getDeleteMeterChangeMutationOptions(options), queryClient);
    }

export const getCreateRemovalUrl = (meterId: number,) => {




  return `/v1/meters/${meterId}/removal`
}

/**
 * @summary Take a meter out of service
 */
export const createRemoval = async (meterId: number,
    removalRequest: RemovalRequest, options?: Parameters<typeof apiFetch>[1]): Promise<MeterOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<MeterOut>(getCreateRemovalUrl(meterId),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(removalRequest)
  }
);}





export const getCreateRemovalMutationKey = () => ['createRemoval'] as const;

export const getCreateRemovalMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createRemoval>>, TError,CreateRemovalMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof createRemoval>>, TError,CreateRemovalMutationVariables, TContext> => {

const mutationKey = getCreateRemovalMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof createRemoval>>, CreateRemovalMutationVariables> = (props) => {
          const {meterId,data} = props ?? {};

          return  createRemoval(meterId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type CreateRemovalMutationResult = NonNullable<Awaited<ReturnType<typeof createRemoval>>>
    export type CreateRemovalMutationBody = RemovalRequest
    export type CreateRemovalMutationError = ErrorType<Problem>
    export type CreateRemovalMutationVariables = {meterId: number;data: RemovalRequest}

    /**
 * @summary Take a meter out of service
 */
export const useCreateRemoval = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof createRemoval>>, TError,CreateRemovalMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof createRemoval>>,
        TError,
        CreateRemovalMutationVariables,
        TContext
      > => {
      return useMutation(getCreateRemovalMutationOptions(options), queryClient);
    }

export const getListQuarantineUrl = (params?: ListQuarantineParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/quarantine?${stringifiedParams}` : `/v1/quarantine`
}

/**
 * @summary What could not be processed, youngest first
 */
export const listQuarantine = async (params?: ListQuarantineParams, options?: Parameters<typeof apiFetch>[1]): Promise<QuarantinePage> => {

  return apiFetch<QuarantinePage>(getListQuarantineUrl(params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListQuarantineQueryKey = (params?: ListQuarantineParams,) => {
    return [
    `/v1/quarantine`, ...(params ? [params] : [])
    ] as const;
    }


export const getListQuarantineQueryOptions = <TData = Awaited<ReturnType<typeof listQuarantine>>, TError = ErrorType<Problem>>(params?: ListQuarantineParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListQuarantineQueryKey(params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listQuarantine>>> = ({ signal }) => listQuarantine(params, { signal, ...requestOptions });





   return  { queryKey, queryFn, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListQuarantineQueryResult = NonNullable<Awaited<ReturnType<typeof listQuarantine>>>
export type ListQuarantineQueryError = ErrorType<Problem>


export function useListQuarantine<TData = Awaited<ReturnType<typeof listQuarantine>>, TError = ErrorType<Problem>>(
 params: undefined |  ListQuarantineParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listQuarantine>>,
          TError,
          Awaited<ReturnType<typeof listQuarantine>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListQuarantine<TData = Awaited<ReturnType<typeof listQuarantine>>, TError = ErrorType<Problem>>(
 params?: ListQuarantineParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listQuarantine>>,
          TError,
          Awaited<ReturnType<typeof listQuarantine>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListQuarantine<TData = Awaited<ReturnType<typeof listQuarantine>>, TError = ErrorType<Problem>>(
 params?: ListQuarantineParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary What could not be processed, youngest first
 */

export function useListQuarantine<TData = Awaited<ReturnType<typeof listQuarantine>>, TError = ErrorType<Problem>>(
 params?: ListQuarantineParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listQuarantine>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListQuarantineQueryOptions(params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getRedriveReasonUrl = () => {




  return `/v1/quarantine/redrive`
}

/**
 * @summary Send the items of a reason through the stream again, up to a thousand at once
 */
export const redriveReason = async (redriveRequest: RedriveRequest, options?: Parameters<typeof apiFetch>[1]): Promise<Redriven> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<Redriven>(getRedriveReasonUrl(),
  {
    ...options,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(redriveRequest)
  }
);}





export const getRedriveReasonMutationKey = () => ['redriveReason'] as const;

export const getRedriveReasonMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof redriveReason>>, TError,RedriveReasonMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof redriveReason>>, TError,RedriveReasonMutationVariables, TContext> => {

const mutationKey = getRedriveReasonMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof redriveReason>>, RedriveReasonMutationVariables> = (props) => {
          const {data} = props ?? {};

          return  redriveReason(data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type RedriveReasonMutationResult = NonNullable<Awaited<ReturnType<typeof redriveReason>>>
    export type RedriveReasonMutationBody = RedriveRequest
    export type RedriveReasonMutationError = ErrorType<Problem>
    export type RedriveReasonMutationVariables = {data: RedriveRequest}

    /**
 * @summary Send the items of a reason through the stream again, up to a thousand at once
 */
export const useRedriveReason = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof redriveReason>>, TError,RedriveReasonMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof redriveReason>>,
        TError,
        RedriveReasonMutationVariables,
        TContext
      > => {
      return useMutation(getRedriveReasonMutationOptions(options), queryClient);
    }

export const getRedriveItemUrl = (quarantineId: number,) => {




  return `/v1/quarantine/${quarantineId}/redrive`
}

/**
 * @summary Send a quarantined item through the stream again
 */
export const redriveItem = async (quarantineId: number, options?: Parameters<typeof apiFetch>[1]): Promise<Redriven> => {

  return apiFetch<Redriven>(getRedriveItemUrl(quarantineId),
  {
    ...options,
    method: 'POST'


  }
);}





export const getRedriveItemMutationKey = () => ['redriveItem'] as const;

export const getRedriveItemMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof redriveItem>>, TError,RedriveItemMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof redriveItem>>, TError,RedriveItemMutationVariables, TContext> => {

const mutationKey = getRedriveItemMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof redriveItem>>, RedriveItemMutationVariables> = (props) => {
          const {quarantineId} = props ?? {};

          return  redriveItem(quarantineId,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type RedriveItemMutationResult = NonNullable<Awaited<ReturnType<typeof redriveItem>>>

    export type RedriveItemMutationError = ErrorType<Problem>
    export type RedriveItemMutationVariables = {quarantineId: number}

    /**
 * @summary Send a quarantined item through the stream again
 */
export const useRedriveItem = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof redriveItem>>, TError,RedriveItemMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof redriveItem>>,
        TError,
        RedriveItemMutationVariables,
        TContext
      > => {
      return useMutation(getRedriveItemMutationOptions(options), queryClient);
    }

export const getReadRoomUrl = (roomId: number,) => {




  return `/v1/rooms/${roomId}`
}

/**
 * @summary A room and what its meter said last
 */
export const readRoom = async (roomId: number, options?: Parameters<typeof apiFetch>[1]): Promise<RoomOut> => {

  return apiFetch<RoomOut>(getReadRoomUrl(roomId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadRoomQueryKey = (roomId: number,) => {
    return [
    `/v1/rooms/${roomId}`
    ] as const;
    }


export const getReadRoomQueryOptions = <TData = Awaited<ReturnType<typeof readRoom>>, TError = ErrorType<Problem>>(roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadRoomQueryKey(roomId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readRoom>>> = ({ signal }) => readRoom(roomId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: roomId !== null && roomId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadRoomQueryResult = NonNullable<Awaited<ReturnType<typeof readRoom>>>
export type ReadRoomQueryError = ErrorType<Problem>


export function useReadRoom<TData = Awaited<ReturnType<typeof readRoom>>, TError = ErrorType<Problem>>(
 roomId: number, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readRoom>>,
          TError,
          Awaited<ReturnType<typeof readRoom>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadRoom<TData = Awaited<ReturnType<typeof readRoom>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readRoom>>,
          TError,
          Awaited<ReturnType<typeof readRoom>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadRoom<TData = Awaited<ReturnType<typeof readRoom>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary A room and what its meter said last
 */

export function useReadRoom<TData = Awaited<ReturnType<typeof readRoom>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readRoom>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadRoomQueryOptions(roomId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListMetersUrl = (roomId: number,) => {




  return `/v1/rooms/${roomId}/meters`
}

/**
 * @summary Meters of a room, removed ones too
 */
export const listMeters = async (roomId: number, options?: Parameters<typeof apiFetch>[1]): Promise<MeterList> => {

  return apiFetch<MeterList>(getListMetersUrl(roomId),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListMetersQueryKey = (roomId: number,) => {
    return [
    `/v1/rooms/${roomId}/meters`
    ] as const;
    }


export const getListMetersQueryOptions = <TData = Awaited<ReturnType<typeof listMeters>>, TError = ErrorType<Problem>>(roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListMetersQueryKey(roomId);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listMeters>>> = ({ signal }) => listMeters(roomId, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: roomId !== null && roomId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListMetersQueryResult = NonNullable<Awaited<ReturnType<typeof listMeters>>>
export type ListMetersQueryError = ErrorType<Problem>


export function useListMeters<TData = Awaited<ReturnType<typeof listMeters>>, TError = ErrorType<Problem>>(
 roomId: number, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listMeters>>,
          TError,
          Awaited<ReturnType<typeof listMeters>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListMeters<TData = Awaited<ReturnType<typeof listMeters>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listMeters>>,
          TError,
          Awaited<ReturnType<typeof listMeters>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListMeters<TData = Awaited<ReturnType<typeof listMeters>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Meters of a room, removed ones too
 */

export function useListMeters<TData = Awaited<ReturnType<typeof listMeters>>, TError = ErrorType<Problem>>(
 roomId: number, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listMeters>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListMetersQueryOptions(roomId,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getPutOccupancyUrl = (roomId: number,) => {




  return `/v1/rooms/${roomId}/occupancy`
}

/**
 * @summary Say how many people are in a room from now on
 */
export const putOccupancy = async (roomId: number,
    occupancyEntry: OccupancyEntry, options?: Parameters<typeof apiFetch>[1]): Promise<OccupancyOut> => {

    const getHeaders = (h?: NonNullable<RequestInit['headers']>): Record<string, string | readonly string[]> => {
    if (!h) return {};
    if (h instanceof Headers) return Object.fromEntries(h.entries());
    if (Symbol.iterator in h) {
      return Object.fromEntries(
        Array.from(h as Iterable<Iterable<string>>, (entry) => Array.from(entry) as [string, string]),
      );
    }
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries<string | readonly string[] | undefined>(h)) {
      if (value !== undefined) headers[name] = value;
    }
    return headers;
  };
return apiFetch<OccupancyOut>(getPutOccupancyUrl(roomId),
  {
    ...options,
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...getHeaders(options?.headers) },
    body: JSON.stringify(occupancyEntry)
  }
);}





export const getPutOccupancyMutationKey = () => ['putOccupancy'] as const;

export const getPutOccupancyMutationOptions = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putOccupancy>>, TError,PutOccupancyMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
): UseMutationOptions<Awaited<ReturnType<typeof putOccupancy>>, TError,PutOccupancyMutationVariables, TContext> => {

const mutationKey = getPutOccupancyMutationKey();
const {mutation: mutationOptions, request: requestOptions} = options ?
      options.mutation && 'mutationKey' in options.mutation && options.mutation.mutationKey ?
      options
      : {...options, mutation: {...options.mutation, mutationKey}}
      : {mutation: { mutationKey, }, request: undefined};




      const mutationFn: MutationFunction<Awaited<ReturnType<typeof putOccupancy>>, PutOccupancyMutationVariables> = (props) => {
          const {roomId,data} = props ?? {};

          return  putOccupancy(roomId,data,requestOptions)
        }






  return  { mutationFn, ...mutationOptions }}

    export type PutOccupancyMutationResult = NonNullable<Awaited<ReturnType<typeof putOccupancy>>>
    export type PutOccupancyMutationBody = OccupancyEntry
    export type PutOccupancyMutationError = ErrorType<Problem>
    export type PutOccupancyMutationVariables = {roomId: number;data: OccupancyEntry}

    /**
 * @summary Say how many people are in a room from now on
 */
export const usePutOccupancy = <TError = ErrorType<Problem>,
    TContext = unknown>(options?: { mutation?:UseMutationOptions<Awaited<ReturnType<typeof putOccupancy>>, TError,PutOccupancyMutationVariables, TContext>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient): UseMutationResult<
        Awaited<ReturnType<typeof putOccupancy>>,
        TError,
        PutOccupancyMutationVariables,
        TContext
      > => {
      return useMutation(getPutOccupancyMutationOptions(options), queryClient);
    }

export const getListReadingsUrl = (roomId: number,
    params?: ListReadingsParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/rooms/${roomId}/readings?${stringifiedParams}` : `/v1/rooms/${roomId}/readings`
}

/**
 * @summary Stored readings of a room, youngest first
 */
export const listReadings = async (roomId: number,
    params?: ListReadingsParams, options?: Parameters<typeof apiFetch>[1]): Promise<ReadingPage> => {

  return apiFetch<ReadingPage>(getListReadingsUrl(roomId,params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListReadingsQueryKey = (roomId: number,
    params?: ListReadingsParams,) => {
    return [
    `/v1/rooms/${roomId}/readings`, ...(params ? [params] : [])
    ] as const;
    }


export const getListReadingsQueryOptions = <TData = Awaited<ReturnType<typeof listReadings>>, TError = ErrorType<Problem>>(roomId: number,
    params?: ListReadingsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListReadingsQueryKey(roomId,params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listReadings>>> = ({ signal }) => listReadings(roomId,params, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: roomId !== null && roomId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListReadingsQueryResult = NonNullable<Awaited<ReturnType<typeof listReadings>>>
export type ListReadingsQueryError = ErrorType<Problem>


export function useListReadings<TData = Awaited<ReturnType<typeof listReadings>>, TError = ErrorType<Problem>>(
 roomId: number,
    params: undefined |  ListReadingsParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listReadings>>,
          TError,
          Awaited<ReturnType<typeof listReadings>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListReadings<TData = Awaited<ReturnType<typeof listReadings>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listReadings>>,
          TError,
          Awaited<ReturnType<typeof listReadings>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListReadings<TData = Awaited<ReturnType<typeof listReadings>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Stored readings of a room, youngest first
 */

export function useListReadings<TData = Awaited<ReturnType<typeof listReadings>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadings>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListReadingsQueryOptions(roomId,params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getListReadingVersionsUrl = (roomId: number,
    params?: ListReadingVersionsParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/rooms/${roomId}/readings/versions?${stringifiedParams}` : `/v1/rooms/${roomId}/readings/versions`
}

/**
 * @summary Instants for which a meter sent several values, with the one that counts
 */
export const listReadingVersions = async (roomId: number,
    params?: ListReadingVersionsParams, options?: Parameters<typeof apiFetch>[1]): Promise<ReadingVersionList> => {

  return apiFetch<ReadingVersionList>(getListReadingVersionsUrl(roomId,params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getListReadingVersionsQueryKey = (roomId: number,
    params?: ListReadingVersionsParams,) => {
    return [
    `/v1/rooms/${roomId}/readings/versions`, ...(params ? [params] : [])
    ] as const;
    }


export const getListReadingVersionsQueryOptions = <TData = Awaited<ReturnType<typeof listReadingVersions>>, TError = ErrorType<Problem>>(roomId: number,
    params?: ListReadingVersionsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getListReadingVersionsQueryKey(roomId,params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof listReadingVersions>>> = ({ signal }) => listReadingVersions(roomId,params, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: roomId !== null && roomId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ListReadingVersionsQueryResult = NonNullable<Awaited<ReturnType<typeof listReadingVersions>>>
export type ListReadingVersionsQueryError = ErrorType<Problem>


export function useListReadingVersions<TData = Awaited<ReturnType<typeof listReadingVersions>>, TError = ErrorType<Problem>>(
 roomId: number,
    params: undefined |  ListReadingVersionsParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof listReadingVersions>>,
          TError,
          Awaited<ReturnType<typeof listReadingVersions>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListReadingVersions<TData = Awaited<ReturnType<typeof listReadingVersions>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingVersionsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof listReadingVersions>>,
          TError,
          Awaited<ReturnType<typeof listReadingVersions>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useListReadingVersions<TData = Awaited<ReturnType<typeof listReadingVersions>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingVersionsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Instants for which a meter sent several values, with the one that counts
 */

export function useListReadingVersions<TData = Awaited<ReturnType<typeof listReadingVersions>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ListReadingVersionsParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof listReadingVersions>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getListReadingVersionsQueryOptions(roomId,params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}







export const getReadSeriesUrl = (roomId: number,
    params?: ReadSeriesParams,) => {
  const normalizedParams = new URLSearchParams();

  Object.entries(params || {}).forEach(([key, value]) => {

    if (value !== undefined) {
      normalizedParams.append(key, value === null ? 'null' : String(value))
    }
  });

  const stringifiedParams = normalizedParams.toString();

  return stringifiedParams.length > 0 ? `/v1/rooms/${roomId}/series?${stringifiedParams}` : `/v1/rooms/${roomId}/series`
}

/**
 * Hours for up to 14 days and for those who may see the raw curve; otherwise days.
 * @summary Energy of a room by hour or day, against what was expected
 */
export const readSeries = async (roomId: number,
    params?: ReadSeriesParams, options?: Parameters<typeof apiFetch>[1]): Promise<SeriesOut> => {

  return apiFetch<SeriesOut>(getReadSeriesUrl(roomId,params),
  {
    ...options,
    method: 'GET'


  }
);}





export const getReadSeriesQueryKey = (roomId: number,
    params?: ReadSeriesParams,) => {
    return [
    `/v1/rooms/${roomId}/series`, ...(params ? [params] : [])
    ] as const;
    }


export const getReadSeriesQueryOptions = <TData = Awaited<ReturnType<typeof readSeries>>, TError = ErrorType<Problem>>(roomId: number,
    params?: ReadSeriesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
) => {

const {query: queryOptions, request: requestOptions} = options ?? {};

  const queryKey =  queryOptions?.queryKey ?? getReadSeriesQueryKey(roomId,params);



    const queryFn: QueryFunction<Awaited<ReturnType<typeof readSeries>>> = ({ signal }) => readSeries(roomId,params, { signal, ...requestOptions });





   return  { queryKey, queryFn, enabled: roomId !== null && roomId !== undefined, ...queryOptions} as UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData> & { queryKey: DataTag<QueryKey, TData, TError> }
}

export type ReadSeriesQueryResult = NonNullable<Awaited<ReturnType<typeof readSeries>>>
export type ReadSeriesQueryError = ErrorType<Problem>


export function useReadSeries<TData = Awaited<ReturnType<typeof readSeries>>, TError = ErrorType<Problem>>(
 roomId: number,
    params: undefined |  ReadSeriesParams, options: { query:Partial<UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData>> & Pick<
        DefinedInitialDataOptions<
          Awaited<ReturnType<typeof readSeries>>,
          TError,
          Awaited<ReturnType<typeof readSeries>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  DefinedUseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadSeries<TData = Awaited<ReturnType<typeof readSeries>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ReadSeriesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData>> & Pick<
        UndefinedInitialDataOptions<
          Awaited<ReturnType<typeof readSeries>>,
          TError,
          Awaited<ReturnType<typeof readSeries>>
        > , 'initialData'
      >, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
export function useReadSeries<TData = Awaited<ReturnType<typeof readSeries>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ReadSeriesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
  ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> }
/**
 * @summary Energy of a room by hour or day, against what was expected
 */

export function useReadSeries<TData = Awaited<ReturnType<typeof readSeries>>, TError = ErrorType<Problem>>(
 roomId: number,
    params?: ReadSeriesParams, options?: { query?:Partial<UseQueryOptions<Awaited<ReturnType<typeof readSeries>>, TError, TData>>, request?: SecondParameter<typeof apiFetch>}
 , queryClient?: QueryClient
 ):  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> } {

  const queryOptions = getReadSeriesQueryOptions(roomId,params,options)

  const query = useQuery(queryOptions, queryClient) as  UseQueryResult<TData, TError> & { queryKey: DataTag<QueryKey, TData, TError> };

  return withQueryKey(query, queryOptions.queryKey);
}
