import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, anyProcess, postgresOf, type Stage, someTime, whileAllMayEnd } from './act.ts';
import type { CutPoint } from './wire.ts';

const POSTGRES = ['postgres'] as const;
/** The longest wait for a commit that is to be cut. */
const CUT_MS = 5_000;
const MOST_BYTES = 200_000;
/** The delay of each packet on a slow wire. */
const SLOW_MS = 200;
/** Connections that are left when they run out: those for administrators. */
const LEFT = 3;

const terminate: Act = {
  name: 'backends are terminated',
  engines: POSTGRES,
  needs: null,
  async run(stage) {
    const server = postgresOf(stage);
    const rounds = 1 + stage.random(5);
    let ended = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const pid of await server.backends()) {
        if (stage.random(2) === 0) continue;
        await server.query('select pg_terminate_backend($1)', [pid]);
        ended += 1;
      }
      await sleep(stage.random(300));
    }
    return `${ended} in ${rounds} rounds`;
  },
};

const restart: Act = {
  name: 'PostgreSQL is ended at once and started again',
  engines: POSTGRES,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const server = postgresOf(stage);
      await server.stopAtOnce();
      await server.start();
      return '';
    }),
};

const away: Act = {
  name: 'there is no database',
  engines: POSTGRES,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const server = postgresOf(stage);
      const time = someTime(stage, 1_000);
      await server.stopAtOnce();
      await sleep(time);
      await server.start();
      return `for ${time} ms`;
    }),
};

const killBackend: Act = {
  name: 'a backend is killed, and PostgreSQL recovers',
  engines: POSTGRES,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const server = postgresOf(stage);
      const pids = await server.backends();
      const pid = pids[stage.random(pids.length)];
      if (pid === undefined) return 'there was none';
      process.kill(pid, 'SIGKILL');
      await sleep(100);
      await server.answers();
      return `one of ${pids.length}`;
    }),
};

const exhaust: Act = {
  name: 'no connection is left',
  engines: POSTGRES,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const server = postgresOf(stage);
      await using held = new AsyncDisposableStack();
      const time = someTime(stage);
      for (const wire of stage.wires) wire.cut();
      let count = 0;
      try {
        while (count < server.maxConnections - LEFT) {
          held.use(await server.session());
          count += 1;
        }
      } catch {
        // The processes were quicker and hold the rest.
      }
      for (const wire of stage.wires) wire.cut();
      await sleep(time);
      return `${count} of ${server.maxConnections} taken for ${time} ms`;
    }),
};

const halfOpen = (lost: boolean): Act => ({
  name: lost ? 'connections go silent for good' : 'connections go silent for a while',
  engines: POSTGRES,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const { random, wires, fleet } = stage;
      const time = someTime(stage);
      const chosen = random(3) === 0 ? fleet.map((_, index) => index) : [random(fleet.length)];
      for (const index of chosen) wires[index]?.silence();
      await sleep(time);
      for (const index of chosen) wires[index]?.speak({ lost });
      return `of process ${chosen.map((index) => index + 1).join(', ')}, for ${time} ms`;
    }),
});

const cut: Act = {
  name: 'connections are reset after some bytes',
  engines: POSTGRES,
  needs: null,
  async run(stage) {
    const { tieline, wire } = anyProcess(stage);
    const cuts = 1 + stage.random(5);
    for (let number = 0; number < cuts; number += 1) {
      wire.cutAfter(stage.random(MOST_BYTES));
      await sleep(200);
    }
    wire.disarm();
    return `up to ${cuts} of process ${tieline.number}`;
  },
};

/** Meets the very moment of a commit. */
async function atCommit(
  stage: Stage,
  point: CutPoint,
  { isKilled }: { readonly isKilled: boolean },
): Promise<string> {
  const { tieline, wire } = anyProcess(stage);
  const { promise, resolve } = Promise.withResolvers<string>();
  wire.cutAtCommit(point, () => {
    if (isKilled) tieline.signal('SIGKILL');
    resolve(`process ${tieline.number}`);
  });
  const late = setTimeout(resolve, CUT_MS, 'no commit was met');
  const outcome = await promise;
  clearTimeout(late);
  wire.disarm();
  return outcome;
}

const POINTS: readonly CutPoint[] = ['before the commit', 'before the answer to the commit'];

const commitActs = POINTS.flatMap((point): Act[] => [
  {
    name: `a connection is reset ${point}`,
    engines: POSTGRES,
    needs: null,
    run: (stage) => atCommit(stage, point, { isKilled: false }),
  },
  {
    name: `a process is killed ${point}`,
    engines: POSTGRES,
    needs: null,
    run: (stage) => atCommit(stage, point, { isKilled: true }),
  },
]);

const slow: Act = {
  name: 'the way to the database is slow',
  engines: POSTGRES,
  needs: null,
  async run(stage) {
    const { tieline, wire } = anyProcess(stage);
    const time = someTime(stage);
    wire.delay(SLOW_MS);
    await sleep(time);
    wire.delay(0);
    return `${SLOW_MS} ms a packet of process ${tieline.number}, for ${time} ms`;
  },
};

export const DATABASE_ACTS: readonly Act[] = [
  terminate,
  restart,
  away,
  killBackend,
  exhaust,
  halfOpen(true),
  halfOpen(false),
  cut,
  ...commitActs,
  slow,
];
