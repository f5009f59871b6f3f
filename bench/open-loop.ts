import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Lines } from './lines.ts';

/** Requests at fixed times, whether or not earlier ones have been answered. */
export interface Timed {
  /** The bytes of the requests, which are sent in turn. */
  readonly requests: readonly string[];
  readonly perSecond: number;
  /** The connections that are open before; more are opened when none is free. */
  readonly connections?: number;
}

/** The results of an open loop. Times are milliseconds from the moment when a request was due. */
export interface OpenLoop {
  /** The number of answers by status; `none` for a connection that broke. */
  readonly answers: ReadonlyMap<string, number>;
  /** Times until answers below 400, in order. */
  readonly good: readonly number[];
  /** The good answers a second before the last request was sent. */
  readonly goodPerSecond: number;
  /** Times until refusals, in order. */
  readonly refused: readonly number[];
  /** The time from the last request to the last answer. */
  readonly drained: number;
  /** The longest time from the moment when a request was due until it was sent. */
  readonly late: number;
  readonly connections: number;
}

interface Work {
  readonly port: number;
  readonly seconds: number;
  /** Clients that each wait for their answer, in place of fixed times. */
  readonly clients?: number;
  readonly loops: readonly Timed[];
}

const TICK_MS = 2;
const GIVE_UP_MS = 60_000;

/** Sends requests from a thread of their own, so that no other load delays them. */
export async function runLoops(work: Work): Promise<readonly OpenLoop[]> {
  const thread = new Worker(new URL(import.meta.url), { workerData: work });
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

const inOrder = (times: number[]) => times.toSorted((one, other) => one - other);

class Tally {
  readonly answers = new Map<string, number>();
  readonly good: number[] = [];
  readonly refused: number[] = [];
  readonly began = performance.now();
  #inTime = 0;
  #ended: number | null = null;

  count(status: number | null, due: number): void {
    const name = status === null ? 'none' : String(status);
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    if (status === null) return;
    if (status < 400 && this.#ended === null) this.#inTime += 1;
    (status < 400 ? this.good : this.refused).push(performance.now() - due);
  }

  /** Notes that the last request was sent. */
  end(): void {
    this.#ended = performance.now();
  }

  result(late: number, connections: number): OpenLoop {
    const ended = this.#ended ?? performance.now();
    return {
      answers: this.answers,
      good: inOrder(this.good),
      refused: inOrder(this.refused),
      goodPerSecond: (this.#inTime * 1_000) / (ended - this.began),
      drained: performance.now() - ended,
      late,
      connections,
    };
  }
}

async function openLoop(
  { requests, perSecond, connections = 1 }: Timed,
  work: Work,
): Promise<OpenLoop> {
  const lines = new Lines(work.port);
  await lines.fill(connections);
  const total = Math.round(perSecond * work.seconds);
  const tally = new Tally();
  let sent = 0;
  let answered = 0;
  let late = 0;
  const all = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const now = performance.now();
    while (sent < total) {
      const due = tally.began + (sent * 1_000) / perSecond;
      if (due > now) return;
      late = Math.max(late, now - due);
      lines.send(requests[sent % requests.length] ?? '', (status) => {
        tally.count(status, due);
        answered += 1;
        if (answered === total) all.resolve();
      });
      sent += 1;
    }
    tally.end();
    clearInterval(timer);
    setTimeout(all.resolve, GIVE_UP_MS).unref();
  }, TICK_MS);
  await all.promise;
  const result = tally.result(late, lines.size);
  lines.close();
  return result;
}

async function closedLoop({ requests }: Timed, work: Work): Promise<OpenLoop> {
  const lines = new Lines(work.port);
  const tally = new Tally();
  const until = tally.began + work.seconds * 1_000;
  const client = async () => {
    while (performance.now() < until) {
      const due = performance.now();
      await new Promise<void>((resolve) => {
        lines.send(requests[0] ?? '', (status) => {
          tally.count(status, due);
          resolve();
        });
      });
    }
  };
  await Promise.all(Array.from({ length: work.clients ?? 1 }, client));
  const result = tally.result(0, lines.size);
  lines.close();
  return result;
}

/** A percentile of sorted times. */
export function percentile(times: readonly number[], of: number): number {
  return times[Math.min(times.length - 1, Math.floor((times.length * of) / 100))] ?? Number.NaN;
}

if (!isMainThread) {
  const work = workerData as Work;
  const run = work.clients ? closedLoop : openLoop;
  parentPort?.postMessage(await Promise.all(work.loops.map((loop) => run(loop, work))));
}
