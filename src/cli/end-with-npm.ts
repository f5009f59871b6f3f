import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

/** The pause between two looks for the npm that started this process. */
const LOOK_MS = 1_500;
/** The number of parent processes to search: npm may start this process through a shell. */
const GENERATIONS = 3;

interface Process {
  readonly parent: number;
  readonly command: string;
}

/**
 * Calls `end` when the npm that started this process has ended. npm forwards most signals, but not
 * one that kills it, and this process would then run on unseen. A process that a shell started
 * still outlives its shell.
 */
export async function endWithNpm(
  env: Readonly<Record<string, string | undefined>>,
  end: () => void,
): Promise<void> {
  if (env['npm_command'] === undefined) return;
  const npm = await findNpm();
  if (npm === null) return;
  const timer = setInterval(() => {
    if (isThere(npm)) return;
    clearInterval(timer);
    end();
  }, LOOK_MS).unref();
}

/** The process id of the npm that started this process; null when no npm did. */
async function findNpm(): Promise<number | null> {
  let id = process.ppid;
  for (let generation = 0; generation < GENERATIONS && id > 1; generation += 1) {
    const found = await look(id);
    if (!found) return null;
    if (/(^|[/\\])(npm|npx)(-cli\.js)?(\s|$)/.test(found.command)) return id;
    id = found.parent;
  }
  return null;
}

async function look(id: number): Promise<Process | null> {
  try {
    return platform() === 'linux' ? await lookInProc(id) : await askPs(id);
  } catch {
    return null;
  }
}

async function lookInProc(id: number): Promise<Process> {
  const command = (await readFile(`/proc/${id}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  const status = await readFile(`/proc/${id}/status`, 'utf8');
  return { parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), command };
}

async function askPs(id: number): Promise<Process> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=,command=', '-p', String(id)]);
  const [, parent = '', command = ''] = /^\s*(\d+)\s+(.*)$/s.exec(stdout) ?? [];
  return { parent: Number(parent), command };
}

/** Whether a process exists. Signal 0 is not delivered; it only tests that. */
function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
