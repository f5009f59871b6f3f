import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { openHold, type Platform, prepareWorld } from './scenario-world.ts';
import { findAbsent, findUncounted, readCounts } from './seen-by-server.ts';

/**
 * `tieline run -- node test/sdks/with-scenario.ts REPORT COMMAND…`: makes the world that the
 * scenario needs, runs COMMAND in it, compares what it says with what the server has, and writes
 * the outcome to REPORT as JSON.
 */

/** What became of a program. */
export interface ScenarioReport {
  /** By step: `ok`, or why it failed. */
  readonly steps: Readonly<Record<string, string>>;
  /** Sentences about what the program said and the server does not have. */
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

// A program knows the host names that its SDK brings, and not where Tieline is.
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
