import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { webhookReceiver } from '../../support/webhook-receiver.ts';
import { ask, type Platform } from '../scenario-world.ts';

/**
 * `tieline run -- node test/sdks/others/with-number.ts REPORT COMMAND…`: buys a number, runs
 * COMMAND with it, waits until all its messages and calls have ended, and writes the server's data
 * to REPORT as JSON.
 */

/** The outcome of a program, and of its messages and calls. */
export interface NumberReport {
  readonly status: number | null;
  /** The program's lines on standard output. */
  readonly printed: readonly string[];
  /** `direction status body`, the oldest first. */
  readonly messages: readonly string[];
  /** `direction status` */
  readonly calls: readonly string[];
}

/** A number outside that answers calls and accepts messages. */
const TO = '+14155550123';

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
const account = `/2010-04-01/Accounts/${platform.account_sid}`;
await using there = await webhookReceiver(() => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: '<Response><Say>Hello</Say></Response>',
}));
const authorization = `Basic ${Buffer.from(`${platform.account_sid}:${platform.auth_token}`).toString('base64')}`;
const bought = await fetch(`${platform.url}${account}/IncomingPhoneNumbers.json`, {
  method: 'POST',
  headers: { authorization },
  body: new URLSearchParams({ AreaCode: '415' }),
});
const { phone_number } = (await bought.json()) as { phone_number: string };

const child = spawn(program, parameters, {
  env: { ...process.env, OTHERS_FROM: phone_number, OTHERS_TO: TO, OTHERS_URL: there.origin },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let printed = '';
child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
const [status] = (await once(child, 'close')) as [number | null];

await ask(platform, '/_tieline/clock', { advance: '1m' });
type Row = Readonly<Record<'direction' | 'status' | 'body', string>>;
const { messages } = (await ask(platform, `${account}/Messages.json`)) as { messages: Row[] };
const { calls } = (await ask(platform, `${account}/Calls.json`)) as { calls: Row[] };
const outcome: NumberReport = {
  status,
  printed: printed.split('\n').filter((line) => line !== ''),
  messages: messages.map((one) => `${one.direction} ${one.status} ${one.body}`).toReversed(),
  calls: calls.map((one) => `${one.direction} ${one.status}`),
};
writeFileSync(report, JSON.stringify(outcome));
