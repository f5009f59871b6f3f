import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of one server. Labels are operations and statuses, never SIDs. */
export interface Metrics {
  readonly observe: (operation: string, status: number, seconds: number) => void;
  readonly contentType: string;
  text(): Promise<string>;
}

interface Series {
  readonly count: Counter.Internal;
  readonly duration: Histogram.Internal<'operation'>;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param inFlight tells how many requests are being answered now. */
export function openMetrics(inFlight: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'tieline_http_requests_total',
    help: 'Requests answered, by operation and status.',
    labelNames: ['operation', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'tieline_http_request_duration_seconds',
    help: 'Time from a request to its answer, by operation.',
    labelNames: ['operation'],
    buckets: BUCKETS,
    registers,
  });
  new Gauge({
    name: 'tieline_http_requests_in_flight',
    help: 'Requests being answered now.',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  // Finding a series by its labels costs more than counting in it.
  const kept = new Map<string, Series>();
  // The process's own metrics start measuring when somebody first asks for them.
  let collecting = false;
  return {
    contentType: registry.contentType,
    observe(operation, status, seconds) {
      const key = `${operation} ${status}`;
      let series = kept.get(key);
      if (!series) {
        series = {
          count: requests.labels(operation, String(status)),
          duration: durations.labels(operation),
        };
        kept.set(key, series);
      }
      series.count.inc(1);
      series.duration.observe(seconds);
    },
    text() {
      if (!collecting) collectDefaultMetrics({ register: registry });
      collecting = true;
      return registry.metrics();
    },
  };
}
