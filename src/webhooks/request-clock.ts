import { TimedOut } from './failure.ts';

/** The time limits of a request, as an abort signal. */
export interface Clock {
  readonly signal: AbortSignal;
  readonly phase: 'connect' | 'read';
  /** Starts the time limit for the connection, or for the next data. */
  wait(phase: 'connect' | 'read', ms: number): void;
  stop(): void;
}

export function startClock(total_ms: number): Clock {
  const ended = new AbortController();
  let phase: Clock['phase'] = 'connect';
  let timer: NodeJS.Timeout | undefined;
  const runOut = (ms: number) => ended.abort(new TimedOut(phase, ms));
  const total = setTimeout(runOut, total_ms, total_ms);
  return {
    signal: ended.signal,
    get phase() {
      return phase;
    },
    wait(next, ms) {
      phase = next;
      clearTimeout(timer);
      timer = setTimeout(runOut, ms, ms);
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(total);
    },
  };
}
