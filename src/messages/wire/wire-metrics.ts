import { LAG_BUCKETS, type Metric } from '../../kit/metrics.ts';

/** The outcomes of messages on wires, with Twilio's code where something went wrong. */
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

export const COST: Metric<'carrier' | 'currency'> = {
  kind: 'counter',
  name: 'tieline_carrier_cost_total',
  help: "Prices of carriers for messages, as far as they tell them, in units of the carrier's currency.",
  labels: { carrier: [], currency: [] },
};
export const CHARGED: Metric<'carrier'> = {
  kind: 'counter',
  name: 'tieline_carrier_charged_total',
  help: 'Charges of customers for the messages whose prices tieline_carrier_cost_total holds, in USD.',
  labels: { carrier: [] },
};

export const WIRE_METRICS = [WIRE_EVENTS_TOTAL, ANSWER_LAG, COST, CHARGED] as readonly Metric[];
