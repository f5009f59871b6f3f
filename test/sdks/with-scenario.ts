import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { openHold, type Platform, prepareWorld } from './scenario-world.ts';
import { findAbsent, findUncounted, readCounts } from './seen-by-server.ts';

/**
 * `tieline run -- node test/sdks/with-scenario.ts REPORT COMMAND…`: makes the world that the
 * scenario needs, runs COMMAND in it, compares its report with the server's data, and writes the
 * outcome to REPORT as JSON.
 */

/** The outcome of a program. */
export interface ScenarioReport {
  /** The result of each step: `ok` or the reason of the failure. */
  readonly steps: Readonly<Record<string, string>>;
  /** Sentences about reported things that the server does not have. */
  readonly problems: readonly string[];
  readonly status: number | null;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this by tieline run.`);
  return value;
}

const [report = '', program = '', ...parameters] = process.argv.slice(2);
const platform: Platform = {
  url: setting('TIELINE_URL'),
  account_sid: setting('TWILIO_ACCOUNT_SID'),
  auth_token: setting('TWILIO_AUTH_TOKEN'),
};
await using hold = await openHold();
const settings = await prepareWorld(platform, hold.url);
const before = await readCounts(platform);

// A program knows only the host names of its SDK, and not the address of Tieline.
const { TIELINE_URL: _, ...surroundings } = process.env;
const child = spawn(program, parameters, {
  env: { ...surroundings, ...settings },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let printed = '';
child.stdout.setEncoding('utf8').on('data', (text: string) => {
  printed += text;
  process.stdout.write(text);
});
const [status] = (await once(child, 'close')) as [number | null];

const steps: Record<string, string> = {};
for (const line of printed.split('\n')) {
  const [, name = '', failed] =
    /^(?:ok|failed) (\w+(?: \d{3}\/\d{5}| category)?)(.*)$/.exec(line) ?? [];
  if (name) steps[name] = line.startsWith('ok ') ? 'ok' : (failed ?? '').trim();
}
const done = new Set(Object.keys(steps).filter((name) => steps[name] === 'ok'));
const problems = [
  ...findUncounted(done, before, await readCounts(platform)),
  ...(await findAbsent(done, platform, settings)),
];
writeFileSync(report, JSON.stringify({ steps, problems, status } satisfies ScenarioReport));
process.exitCode = status ?? 1;
