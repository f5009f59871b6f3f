import { Agent, request } from 'node:http';

/** A request that is sent at fixed times, whether or not earlier ones have been answered. */
export interface Timed {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: () => string;
}

/** The results of an open loop. Times are from the moment when a request was due. */
export interface OpenLoop {
  readonly sent: number;
  /** The number of answers by status; `reset` for none. */
  readonly answers: ReadonlyMap<string, number>;
  /** Milliseconds until answers of 2xx, in order. */
  readonly good: readonly number[];
  /** The number of answers of 2xx before the last request was sent. */
  readonly goodInTime: number;
  /** Milliseconds until refusals, in order. */
  readonly refused: readonly number[];
  /** Milliseconds from the last request to the last answer. */
  readonly drained: number;
}

const TICK_MS = 2;
const GIVE_UP_MS = 60_000;

/** Sends requests at a rate for some time, and waits for their answers. */
export async function runOpenLoop(
  one: Timed,
  perSecond: number,
  seconds: number,
): Promise<OpenLoop> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const answers = new Map<string, number>();
  const good: number[] = [];
  const refused: number[] = [];
  let goodInTime = 0;
  let isOver = false;
  const count = (status: string) => void answers.set(status, (answers.get(status) ?? 0) + 1);
  const began = performance.now();
  const open: Promise<void>[] = [];
  const send = (due: number) =>
    new Promise<void>((resolve) => {
      const { url, method, headers, body } = one;
      const sent = request(url, { method, headers, agent, timeout: GIVE_UP_MS }, (answer) => {
        answer.resume();
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          count(String(status));
          if (status < 300 && !isOver) goodInTime += 1;
          (status < 300 ? good : refused).push(performance.now() - due);
          resolve();
        });
        answer.on('error', () => resolve());
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => {
        count('reset');
        resolve();
      });
      sent.end(body?.());
    });
  const total = Math.round(perSecond * seconds);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, ((performance.now() - began) * perSecond) / 1_000);
      while (open.length < due) open.push(send(began + (open.length * 1_000) / perSecond));
      if (open.length < total) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  isOver = true;
  const last = performance.now();
  await Promise.all(open);
  agent.destroy();
  const inOrder = (times: number[]) => times.toSorted((one, other) => one - other);
  return {
    sent: total,
    answers,
    goodInTime,
    good: inOrder(good),
    refused: inOrder(refused),
    drained: performance.now() - last,
  };
}

/** A percentile of sorted times. */
export function percentile(times: readonly number[], of: number): number {
  return times[Math.min(times.length - 1, Math.floor((times.length * of) / 100))] ?? Number.NaN;
}
