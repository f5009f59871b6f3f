import { type Metric, type Metrics, WAIT_BUCKETS } from '../kit/metrics.ts';

const REQUESTS: Metric<'operation' | 'status'> = {
  kind: 'counter',
  name: 'tieline_http_requests_total',
  help: 'Requests answered, by operation and status.',
  labels: { operation: [], status: [] },
};
const ANSWERS: Metric<'class'> = {
  kind: 'counter',
  name: 'tieline_http_answers_total',
  help: 'Requests answered, by the class of the status.',
  labels: { class: ['2xx', '3xx', '4xx', '5xx'] },
};
const DURATIONS: Metric<'operation'> = {
  kind: 'histogram',
  name: 'tieline_http_request_duration_seconds',
  help: 'Time from a request to its answer, by operation.',
  labels: { operation: [] },
  buckets: WAIT_BUCKETS,
};
const IN_FLIGHT: Metric = {
  kind: 'gauge',
  name: 'tieline_http_requests_in_flight',
  help: 'Requests in progress.',
  labels: {},
};

export const HTTP_METRICS: readonly Metric[] = [REQUESTS, ANSWERS, DURATIONS, IN_FLIGHT];

export type Observe = (operation: string, status: number, seconds: number) => void;

/** Counts every answer. @param inFlight returns the number of requests in progress. */
export function observeAnswers(metrics: Metrics, inFlight: () => number): Observe {
  metrics.whenRead('requests in flight', () => metrics.set(IN_FLIGHT, {}, inFlight()));
  return (operation, status, seconds) => {
    metrics.add(REQUESTS, { operation, status: String(status) });
    metrics.add(ANSWERS, { class: `${Math.floor(status / 100)}xx` });
    metrics.add(DURATIONS, { operation }, seconds);
  };
}
