import { Agent, request } from 'node:http';
import { median, type Target } from './load.ts';
import { CATEGORIES } from './metering.ts';
import { printTable, whole } from './report.ts';
import { accountPath, basic, type Login } from './servers.ts';

/** The requests for an account's records, as of its console or its accounting. */
const READS = {
  Today: '/Today.json',
  'the root list': '.json',
  'Daily?Category=': `/Daily.json?Category=${CATEGORIES[1]}`,
} as const;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The time of one request, from its sending to the end of its answer, in milliseconds. */
function timeOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(url, { headers, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      answer.resume();
      answer.once('end', () => resolve(performance.now() - started));
    });
    sent.once('error', reject);
    sent.end();
  });
}

/** The quantile: this share of all values is at most the result. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** One kind of read, with its times round by round, in milliseconds. */
export interface ReadTimes {
  readonly read: string;
  readonly few: readonly (readonly number[])[];
  readonly many: readonly (readonly number[])[];
}

/** Two servers, one whose account has few events and one whose account has many. */
export interface ReadSubjects {
  readonly few: Target;
  readonly many: Target;
}

/**
 * Reads from both servers in turn, one request after the other, so that a disturbance of the
 * machine hits both.
 */
export async function measureReads(
  { few, many }: ReadSubjects,
  login: Login,
  { rounds, requests }: { rounds: number; requests: number },
): Promise<ReadTimes[]> {
  const headers = { authorization: basic(login) };
  const records = `${accountPath(login)}/Usage/Records`;
  const times: ReadTimes[] = [];
  for (const [read, path] of Object.entries(READS)) {
    const ofRounds: { few: number[]; many: number[] }[] = [];
    // The first round warms up and does not count.
    for (let round = 0; round <= rounds; round += 1) {
      const one = { few: [] as number[], many: [] as number[] };
      for (let index = 0; index < requests; index += 1) {
        one.few.push(await timeOf(`${few.origin}${records}${path}`, headers));
        one.many.push(await timeOf(`${many.origin}${records}${path}`, headers));
      }
      if (round > 0) ofRounds.push(one);
    }
    times.push({
      read,
      few: ofRounds.map((one) => one.few),
      many: ofRounds.map((one) => one.many),
    });
  }
  return times;
}

/** The growth of the slowest hundredth with many events: the median over the rounds. */
export function growthOf({ few, many }: ReadTimes): number {
  return median(
    many.map((times, round) => quantile(times, 0.99) / quantile(few[round] ?? [], 0.99)),
  );
}

export function printReads(
  measured: readonly { readonly engine: string; readonly times: readonly ReadTimes[] }[],
  events: { readonly few: number; readonly many: number },
): void {
  const head = [
    'read',
    'of',
    `p50 ms at ${whole(events.few)}`,
    `at ${whole(events.many)}`,
    `p99 ms at ${whole(events.few)}`,
    `at ${whole(events.many)}`,
    'p99, many to few',
  ];
  const shown = (rounds: readonly (readonly number[])[], share: number) =>
    median(rounds.map((times) => quantile(times, share))).toFixed(2);
  const rows = measured.flatMap(({ engine, times }) =>
    times.map((one) => [
      one.read,
      engine,
      shown(one.few, 0.5),
      shown(one.many, 0.5),
      shown(one.few, 0.99),
      shown(one.many, 0.99),
      `${growthOf(one).toFixed(2)} ×`,
    ]),
  );
  printTable([head, ...rows]);
}
