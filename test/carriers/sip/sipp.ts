import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';

const SIPP = '/usr/bin/sipp';
export const HERE = '127.0.0.1';
export const SCENARIOS = join(import.meta.dirname, 'sipp');
/** Why tests with SIPp are left out; false: they run. */
export const skip = existsSync(SIPP) ? false : 'apt-get install sip-tester';

/** Whether a UDP port of this machine is bound. Its number is in hexadecimal in the system's list. */
export function isBound(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return readFileSync('/proc/net/udp', 'utf8').includes(wanted);
}

interface Carrier {
  readonly port: number;
  /** The status at the end of SIPp: 0 when every call went as its scenario says. */
  readonly ended: Promise<number>;
}

/** SIPp as the carrier, until it has had its calls. */
export async function carrier(
  t: TestContext,
  scenario: readonly string[],
  calls: number,
): Promise<Carrier> {
  const port = await freePort();
  const settings = ['-i', HERE, '-p', String(port), '-m', String(calls), '-nostdin'];
  const child: ChildProcess = spawn(SIPP, [...scenario, ...settings, '-timeout', '60s'], {
    stdio: 'ignore',
    cwd: process.env['TEST_DATA_FOLDER'] ?? '/tmp',
    env: { ...process.env, TERM: 'dumb' },
  });
  const ended = once(child, 'exit').then(([code]) => Number(code));
  t.after(() => void child.kill('SIGKILL'));
  while (!isBound(port) && child.exitCode === null) await pause(20);
  return { port, ended };
}
