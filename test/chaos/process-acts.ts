import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, anyProcess, postgresOf, someTime } from './act.ts';

const BOTH = ['sqlite', 'postgres'] as const;
/** The most calls of the system before a kill at one of them. */
const MOST_CALLS = 1_500;
const MOST_SYNCS = 60;
/** The longest wait for a kill at a system call. */
const KILL_MS = 30_000;
const LOOK_MS = 20;
const MOST_SKEW_SECONDS = 2 * 86_400;
/** The tries to stop a process in the middle of a transaction. */
const FREEZE_TRIES = 300;

const killAtRandom: Act = {
  name: 'a process is killed',
  engines: BOTH,
  needs: null,
  async run(stage) {
    const { tieline } = anyProcess(stage);
    const wait = stage.random(300);
    await sleep(wait);
    tieline.signal('SIGKILL');
    return `process ${tieline.number}, after ${wait} ms`;
  },
};

const killAll: Act = {
  name: 'all processes are killed',
  engines: BOTH,
  needs: null,
  async run({ fleet }) {
    for (const tieline of fleet) tieline.signal('SIGKILL');
    return `${fleet.length} of them`;
  },
};

/** A command that kills a program at a certain call of the system. */
function strace(calls: string, number: number): string[] {
  const inject = `inject=${calls}:signal=SIGKILL:when=${number}`;
  // With -D strace runs as a grandchild, so the supervisor's child is the program itself.
  const options = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`];
  return ['strace', ...options, '-e', inject];
}

const killAtCall: Act = {
  name: 'a process is killed at its N-th write to a socket or file',
  engines: BOTH,
  needs: 'strace',
  async run(stage) {
    const { tieline } = anyProcess(stage);
    const number = 1 + stage.random(MOST_CALLS);
    tieline.restartWith(strace('write,writev,pwrite64', number));
    return `process ${tieline.number}, N = ${number}, ${await killed(tieline)}`;
  },
};

const killAtSync: Act = {
  name: 'a process is killed at its N-th fsync',
  engines: ['sqlite'],
  needs: 'strace',
  async run(stage) {
    const { tieline } = anyProcess(stage);
    const number = 1 + stage.random(MOST_SYNCS);
    tieline.restartWith(strace('fsync,fdatasync', number));
    return `N = ${number}, ${await killed(tieline)}`;
  },
};

/** Waits for the kill at a call, or kills. The process starts again without strace. */
async function killed(tieline: { readonly starts: number; signal(name: 'SIGKILL'): void }) {
  const { starts } = tieline;
  const latest = performance.now() + KILL_MS;
  // The first start is the one under strace, and the second one follows the kill.
  while (tieline.starts < starts + 2) {
    if (performance.now() > latest) {
      tieline.signal('SIGKILL');
      return 'which did not come in time';
    }
    await sleep(LOOK_MS);
  }
  return 'which came';
}

const setClockWrong: Act = {
  name: 'the clock of a process jumps',
  engines: BOTH,
  needs: 'faketime',
  async run(stage) {
    // On SQLite the machine's clock is the product's, so usage of tomorrow would be real.
    const { engine, fleet, random } = stage;
    const tieline = fleet.find(({ hasClock }) => hasClock);
    if (!tieline) return 'no clock can be set here';
    const seconds =
      (engine === 'sqlite' ? 0 : random(MOST_SKEW_SECONDS)) - random(MOST_SKEW_SECONDS);
    tieline.setClock(seconds);
    await sleep(someTime(stage, 1_500));
    tieline.setClock(0);
    await sleep(1_100);
    return `process ${tieline.number}, by ${seconds} s and back`;
  },
};

const freeze: Act = {
  name: 'a process freezes in a transaction',
  engines: ['postgres'],
  needs: null,
  async run(stage) {
    const { tieline, wire } = anyProcess(stage);
    const server = postgresOf(stage);
    const time = Math.max(7_000, someTime(stage));
    for (let tries = 1; tries <= FREEZE_TRIES; tries += 1) {
      tieline.signal('SIGSTOP');
      const [open] = await server.query<{ state: string }>(
        `select state from pg_stat_activity
          where client_port = any($1) and xact_start is not null and state like 'idle in%'`,
        [wire.farPorts],
      );
      if (open) {
        await sleep(time);
        tieline.signal('SIGCONT');
        return `process ${tieline.number}, for ${time} ms, at try ${tries}`;
      }
      tieline.signal('SIGCONT');
      await sleep(1 + stage.random(10));
    }
    return 'no transaction was met';
  },
};

const pause: Act = {
  name: 'a process freezes',
  engines: BOTH,
  needs: null,
  async run(stage) {
    const { tieline } = anyProcess(stage);
    const time = someTime(stage);
    tieline.signal('SIGSTOP');
    await sleep(time);
    tieline.signal('SIGCONT');
    return `process ${tieline.number}, for ${time} ms`;
  },
};

export const PROCESS_ACTS: readonly Act[] = [
  killAtRandom,
  killAll,
  killAtCall,
  killAtSync,
  setClockWrong,
  freeze,
  pause,
];
