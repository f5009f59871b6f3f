import { LAG_BUCKETS, type Metric } from '../../kit/metrics.ts';

/** What happened to messages on wires, with Twilio's code where something went wrong. */
export const WIRE_EVENTS_TOTAL: Metric<'carrier' | 'event' | 'code'> = {
  kind: 'counter',
  name: 'tieline_carrier_events_total',
  help: 'Answers and reports of carriers about messages, by their kind and the error code; "later" is throttled.',
  labels: { carrier: [], event: [], code: [] },
};

export const ANSWER_LAG: Metric<'carrier'> = {
  kind: 'histogram',
  name: 'tieline_carrier_answer_seconds',
  help: 'Time from the submission of a message until its carrier answered.',
  labels: { carrier: [] },
  buckets: LAG_BUCKETS,
};

export const WIRE_METRICS: readonly Metric[] = [WIRE_EVENTS_TOTAL, ANSWER_LAG] as readonly Metric[];
