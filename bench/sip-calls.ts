import { setTimeout as pause } from 'node:timers/promises';
import { cpuMicroseconds } from './child.ts';
import { accountPath, basic, newLogin, type RunningTarget, startTieline } from './servers.ts';

/** Whole calls through the API of a server. */
export interface WholeCalls {
  readonly data: string;
  /** The file of carriers. */
  readonly file: string;
  readonly targets: readonly { readonly target: string; readonly priority: number }[];
  readonly calls: number;
  readonly clients: number;
}

const FROM = '+14155550100';
const TO = '+14155550199';
const ENDED = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
const PAGE = 1_000;

/**
 * Starts a server, and makes calls by a trunk until all have ended. The processor time is that of the
 * server for a call.
 */
export async function callsThrough({ data, file, targets, calls, clients }: WholeCalls) {
  const login = newLogin();
  const env = { TIELINE_CARRIERS: file };
  const server = await startTieline('Tieline', data, login, { env, pin: false });
  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const headers = { authorization: basic(login) };
    const reply = await fetch(server.origin + path, { method: 'POST', headers, body });
    if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
    return ((await reply.json()) as { sid: string }).sid;
  };
  await post(`${accountPath(login)}/IncomingPhoneNumbers.json`, { PhoneNumber: FROM });
  const policy = await post('/v1/ConnectionPolicies', {});
  for (const { target: Target, priority } of targets) {
    await post(`/v1/ConnectionPolicies/${policy}/Targets`, { Target, Priority: `${priority}` });
  }
  const Byoc = await post('/v1/ByocTrunks', { ConnectionPolicySid: policy });
  const form = { To: TO, From: FROM, Byoc, Twiml: '<Response/>' };
  const cpu = cpuMicroseconds(server.pid) ?? 0;
  const started = performance.now();
  let left = calls;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await post(`${accountPath(login)}/Calls.json`, form);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const created_seconds = (performance.now() - started) / 1_000;
  let statuses = await statusesOf(server, login);
  while ([...statuses.keys()].some((status) => !ENDED.has(status))) {
    await pause(100);
    statuses = await statusesOf(server, login);
  }
  const seconds = (performance.now() - started) / 1_000;
  const cpu_ms = ((cpuMicroseconds(server.pid) ?? 0) - cpu) / 1_000 / calls;
  return { seconds, created_seconds, cpu_ms, statuses };
}

/** The number of calls in each status. */
async function statusesOf({ origin }: RunningTarget, login: ReturnType<typeof newLogin>) {
  const counts = new Map<string, number>();
  let path: string | null = `${accountPath(login)}/Calls.json?PageSize=${PAGE}`;
  while (path !== null) {
    const reply: Response = await fetch(origin + path, {
      headers: { authorization: basic(login) },
    });
    const page = (await reply.json()) as {
      calls: { status: string }[];
      next_page_uri: string | null;
    };
    for (const { status } of page.calls) counts.set(status, (counts.get(status) ?? 0) + 1);
    path = page.next_page_uri;
  }
  return counts;
}
