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
  /** Makes the path and the authorization of that number's request, if they are not always the same. */
  readonly place?: (number: number) => { readonly path: string; readonly authorization: string };
  /** The status of a good answer; 200 by default. */
  readonly status?: number;
  /** The type of the body; a form by default. */
  readonly type?: string;
  /** The number of connections; `CONNECTIONS` by default. */
  readonly connections?: number;
}

let made = 0;

/** The result of one round of one request against one server. */
export interface Round {
  readonly perSecond: number;
  /** The requests, those included that had no answer at the end of the round. */
  readonly sent: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server's process for one request, in microseconds. */
  readonly cpuPerRequest: number | null;
  /** Answers of another status, broken connections and time-outs. */
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
  const { method, path, body, place, type = FORM, connections = CONNECTIONS } = request;
  const next = () => {
    made += 1;
    const own = place?.(made);
    return {
      body: body?.(made),
      ...(own && {
        path: own.path,
        headers: { authorization: own.authorization, 'content-type': type },
      }),
    };
  };
  const cpu = cpuMicroseconds(target.pid);
  const own = process.cpuUsage();
  const result = await autocannon({
    url: `${target.origin}${path}`,
    method,
    headers: { authorization, ...(body && { 'content-type': type }) },
    // SQLite writes nothing for an update without a change, so each update has a new value.
    ...(body && {
      requests: [{ setupRequest: (request) => ({ ...request, ...next() }) }],
    }),
    connections,
    duration: seconds,
  });
  const { user, system } = process.cpuUsage(own);
  const cpuAfter = cpuMicroseconds(target.pid);
  const good = result.statusCodeStats[String(request.status ?? 200)]?.count ?? 0;
  const answers = Object.values(result.statusCodeStats).reduce((sum, { count }) => sum + count, 0);
  return {
    perSecond: good / result.duration,
    sent: result.requests.sent,
    p50: result.latency.p50,
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

/** A round against several servers at the same time, which share the connections. */
export async function runSharedRound(
  targets: readonly Target[],
  request: Request,
  seconds: number,
): Promise<Round> {
  const connections = Math.ceil((request.connections ?? CONNECTIONS) / targets.length);
  const own = process.cpuUsage();
  const rounds = await Promise.all(
    targets.map((target) => runRound(target, { ...request, connections }, '', seconds)),
  );
  const { user, system } = process.cpuUsage(own);
  const sum = (of: (round: Round) => number) => rounds.reduce((all, one) => all + of(one), 0);
  const sent = sum((round) => round.sent);
  return {
    perSecond: sum((round) => round.perSecond),
    sent,
    p50: median(rounds.map((round) => round.p50)),
    p99: Math.max(...rounds.map((round) => round.p99)),
    cpuPerRequest: sum((round) => (round.cpuPerRequest ?? 0) * round.sent) / sent,
    failures: sum((round) => round.failures),
    loadShare: (user + system) / 1e6 / seconds,
  };
}
