import autocannon from 'autocannon';
import { cpuMicroseconds } from './child.ts';

export const CONNECTIONS = 32;
const FORM = 'application/x-www-form-urlencoded';

/** A server under load, by the name that the table shows. */
export interface Target {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
}

/** One request that is repeated. */
export interface Request {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Makes the body from a number that is new each time. */
  readonly body?: (number: number) => string;
  /** The type of the body; a form by default. */
  readonly type?: string;
  /** The number of connections; `CONNECTIONS` by default. */
  readonly connections?: number;
}

let made = 0;

/** The result of one round of one request against one server. */
export interface Round {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
  /** Processor time of the server's process for one request, in microseconds. */
  readonly cpuPerRequest: number | null;
  /** Answers other than 200, broken connections and time-outs. */
  readonly failures: number;
  /** The share of its core that the load itself used. Near 1, the load limited the rate. */
  readonly loadShare: number;
}

export async function runRound(
  target: Target,
  request: Request,
  authorization: string,
  seconds: number,
): Promise<Round> {
  const { method, path, body, type = FORM, connections = CONNECTIONS } = request;
  const cpu = cpuMicroseconds(target.pid);
  const own = process.cpuUsage();
  const result = await autocannon({
    url: `${target.origin}${path}`,
    method,
    headers: { authorization, ...(body && { 'content-type': type }) },
    // SQLite writes nothing for an update without a change, so each update has a new value.
    ...(body && {
      requests: [{ setupRequest: (request) => ({ ...request, body: body(++made) }) }],
    }),
    connections,
    duration: seconds,
  });
  const { user, system } = process.cpuUsage(own);
  const cpuAfter = cpuMicroseconds(target.pid);
  const good = result.statusCodeStats['200']?.count ?? 0;
  const answers = Object.values(result.statusCodeStats).reduce((sum, { count }) => sum + count, 0);
  return {
    perSecond: good / result.duration,
    p99: result.latency.p99,
    cpuPerRequest: cpu === null || cpuAfter === null ? null : (cpuAfter - cpu) / good,
    failures: answers - good + result.errors + result.timeouts,
    loadShare: (user + system) / 1e6 / result.duration,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
