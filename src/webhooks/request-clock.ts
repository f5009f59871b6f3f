import { TimedOut } from './failure.ts';

/** The time that is left, as a signal. */
export interface Clock {
  readonly signal: AbortSignal;
  readonly phase: 'connect' | 'read';
  /** Starts waiting for the connection, or for the next sign of life. */
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
