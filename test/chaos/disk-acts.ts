import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, postgresOf, type Stage, someTime, whileAllMayEnd } from './act.ts';

const BOTH = ['sqlite', 'postgres'] as const;
const SLOWEST_MS = 200;

const full: Act = {
  name: 'the disk is full',
  engines: BOTH,
  needs: null,
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const time = someTime(stage, 1_000);
      stage.disk.fill();
      await sleep(time);
      stage.disk.free();
      return `for ${time} ms`;
    }),
};

/** The processes that write data. */
function writersOf({ server, fleet }: Stage): number[] {
  return server ? server.processes() : fleet.flatMap(({ pid }) => pid ?? []);
}

/** Makes calls of the writing processes slow, or fail, for a time. */
async function injectFor(stage: Stage, calls: string, fault: string, time: number): Promise<void> {
  const options = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`];
  const pids = writersOf(stage).flatMap((pid) => ['-p', String(pid)]);
  const inject = ['-e', `inject=${calls}:${fault}`];
  const strace = spawn('strace', [...options, ...inject, ...pids], { stdio: 'ignore' });
  const ended = once(strace, 'close');
  await sleep(time);
  strace.kill('SIGTERM');
  await ended;
}

const slow: Act = {
  name: 'the disk is slow',
  engines: BOTH,
  needs: 'strace',
  async run(stage) {
    const time = someTime(stage, 1_000);
    const delay = 20 + stage.random(SLOWEST_MS);
    await injectFor(stage, 'fsync,fdatasync', `delay_enter=${delay * 1_000}`, time);
    return `${delay} ms an fsync, for ${time} ms`;
  },
};

/** PostgreSQL then ends all its backends, and itself if the disk of its log stays full meanwhile. */
const fullLog: Act = {
  name: "the disk of PostgreSQL's log is full",
  engines: ['postgres'],
  needs: 'strace',
  run: (stage) =>
    whileAllMayEnd(stage, async () => {
      const time = someTime(stage);
      await injectFor(stage, 'pwrite64,pwritev', 'error=ENOSPC', time);
      const server = postgresOf(stage);
      const isEnded = !server.isRunning;
      if (isEnded) await server.start();
      await server.answers();
      return `for ${time} ms${isEnded ? '; PostgreSQL ended, and was started' : ''}`;
    }),
};

export const DISK_ACTS: readonly Act[] = [full, slow, fullLog];
