import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, type Stage, someTime, whileAllMayEnd } from './act.ts';

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

const slow: Act = {
  name: 'the disk is slow',
  engines: BOTH,
  needs: 'strace',
  async run(stage) {
    const time = someTime(stage, 1_000);
    const delay = 20 + stage.random(SLOWEST_MS);
    const inject = `inject=fsync,fdatasync:delay_enter=${delay * 1_000}`;
    const options = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
    const pids = writersOf(stage).flatMap((pid) => ['-p', String(pid)]);
    const strace: ChildProcess = spawn('strace', [...options, ...pids], { stdio: 'ignore' });
    const ended = once(strace, 'close');
    await sleep(time);
    strace.kill('SIGTERM');
    await ended;
    return `${delay} ms an fsync, for ${time} ms`;
  },
};

export const DISK_ACTS: readonly Act[] = [full, slow];
