import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { LAG_BUCKETS, type Metric, WAIT_BUCKETS } from '../kit/metrics.ts';
import { sampleWaiting } from './delivery-sample-store.ts';
import type { Destinations } from './destinations.ts';
import type { Outcome } from './guarded-fetch.ts';
import type { Sent } from './send-webhook.ts';
import { type Delivery, isSuccess, type Verdict, WEBHOOK_KINDS } from './webhook.ts';

const ENQUEUED: Metric<'kind'> = {
  kind: 'counter',
  name: 'tieline_webhook_enqueued_total',
  help: 'Webhooks added to the outbox, by kind.',
  labels: { kind: WEBHOOK_KINDS },
};
const DELIVERIES: Metric<'kind' | 'outcome'> = {
  kind: 'counter',
  name: 'tieline_webhook_deliveries_total',
  help: 'Finished webhooks, by kind and outcome: delivered; dead, because every attempt failed; cancelled by a revoke.',
  labels: { kind: WEBHOOK_KINDS, outcome: ['delivered', 'dead', 'cancelled'] },
};
const ATTEMPTS: Metric<'kind' | 'outcome'> = {
  kind: 'counter',
  name: 'tieline_webhook_attempts_total',
  help: 'Attempts to deliver webhooks, by kind and outcome. A refused attempt broke a rule of this server, so no request was sent.',
  labels: {
    kind: WEBHOOK_KINDS,
    outcome: ['2xx', '3xx', '4xx', '5xx', 'no_connection', 'no_answer', 'refused'],
  },
};
const REQUESTS: Metric = {
  kind: 'histogram',
  name: 'tieline_webhook_request_duration_seconds',
  help: 'Response time of the receivers of webhooks.',
  labels: {},
  buckets: WAIT_BUCKETS,
};
const LAG: Metric = {
  kind: 'histogram',
  name: 'tieline_webhook_delivery_lag_seconds',
  help: 'Time from the cause of a webhook until its receiver accepted it.',
  labels: {},
  buckets: LAG_BUCKETS,
};
const WAITING: Metric<'state'> = {
  kind: 'gauge',
  name: 'tieline_webhook_waiting',
  help: 'Webhooks waiting to be sent, over all processes, counted up to 5000: new ones, and failing ones that are tried again.',
  labels: { state: ['new', 'failing'] },
};
const OLDEST: Metric = {
  kind: 'gauge',
  name: 'tieline_webhook_oldest_waiting_seconds',
  help: 'Age of the oldest waiting webhook; 0 when none waits.',
  labels: {},
};
const OVERDUE: Metric = {
  kind: 'gauge',
  name: 'tieline_webhook_overdue_seconds',
  help: 'Time since the earliest due webhook became due; 0 when none is due.',
  labels: {},
};
const UNDER_WAY: Metric = {
  kind: 'gauge',
  name: 'tieline_webhook_requests_under_way',
  help: 'Requests to receivers that this process has in progress.',
  labels: {},
};
const BREAKERS: Metric<'state'> = {
  kind: 'gauge',
  name: 'tieline_webhook_breakers',
  help: 'Hosts of receivers that failed or have requests in progress, as this process knows them: open, for now nothing is sent to the host; half_open, one request tests it; closed, requests are sent as usual.',
  labels: { state: ['closed', 'half_open', 'open'] },
};

export const WEBHOOK_METRICS: readonly Metric[] = [
  ENQUEUED,
  DELIVERIES,
  ATTEMPTS,
  REQUESTS,
  LAG,
  WAITING,
  OLDEST,
  OVERDUE,
  UNDER_WAY,
  BREAKERS,
];

/** A sample of the outbox is used for this time, even if the metrics are read more often. */
const SAMPLE_MS = 5_000;

type Counting = Pick<Act, 'count'>;

export function countEnqueued({ count }: Counting, kind: string): void {
  count(ENQUEUED, { kind });
}

/** Counts deliveries that ended without another attempt. */
export function countEnded(
  { count }: Counting,
  kinds: readonly string[],
  outcome: 'dead' | 'cancelled',
): void {
  for (const kind of kinds) count(DELIVERIES, { kind, outcome });
}

/** Counts an attempt, and its delivery's new state if this attempt decided it. */
export function countAttempt(
  { metrics }: App,
  { kind, date_created }: Delivery,
  { outcome, duration_ms }: Sent,
  ended: { readonly verdict: Verdict; readonly at: number } | null,
): void {
  metrics.add(ATTEMPTS, { kind, outcome: nameOf(outcome) });
  metrics.add(REQUESTS, {}, duration_ms / 1_000);
  if (!ended || ended.verdict.state === 'pending') return;
  metrics.add(DELIVERIES, { kind, outcome: ended.verdict.state });
  if (isSuccess(outcome)) metrics.add(LAG, {}, Math.max(0, ended.at - date_created) / 1_000);
}

function nameOf(outcome: Outcome): string {
  if (outcome.kind === 'response') return `${Math.floor(outcome.status / 100)}xx`;
  if (outcome.phase === 'refused') return 'refused';
  return outcome.phase === 'connect' ? 'no_connection' : 'no_answer';
}

/** Adds the state of the outbox and of this process's worker to the metrics. */
export function measureWebhooks(
  { metrics, database, now, realNow }: App,
  { destinations, under_way }: { destinations: Destinations; under_way: () => number },
): void {
  let sampled_at = Number.NEGATIVE_INFINITY;
  metrics.whenRead('webhooks', async () => {
    metrics.set(UNDER_WAY, {}, under_way());
    for (const [state, number] of Object.entries(destinations.breakers(realNow()))) {
      metrics.set(BREAKERS, { state }, number);
    }
    const age = realNow() - sampled_at;
    if (age >= 0 && age < SAMPLE_MS) return;
    sampled_at = realNow();
    const { fresh, failing, oldest, due } = await sampleWaiting(database.db, now());
    metrics.set(WAITING, { state: 'new' }, fresh);
    metrics.set(WAITING, { state: 'failing' }, failing);
    metrics.set(OLDEST, {}, since(now(), oldest));
    metrics.set(OVERDUE, {}, since(now(), due));
  });
}

function since(now: number, then: number | null): number {
  return then === null ? 0 : Math.max(0, now - then) / 1_000;
}
