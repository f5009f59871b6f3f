import { ask, type Platform, type ScenarioSettings } from './scenario-world.ts';
import { MESSAGES, STEPS } from './steps.ts';

/** The number of answers by operation and status, as `operation status`. */
export type Counts = ReadonlyMap<string, number>;

/** Reads the server's own counters. */
export async function readCounts({ url }: Platform): Promise<Counts> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const rows = text.matchAll(
    /^tieline_http_requests_total\{operation="([^"]*)",status="(\d+)"\} (\d+)$/gm,
  );
  return new Map([...rows].map(([, name, status, count]) => [`${name} ${status}`, Number(count)]));
}

/** Sentences about reported steps for which the server saw too few requests. */
export function findUncounted(done: ReadonlySet<string>, before: Counts, after: Counts): string[] {
  const wanted = new Map<string, number>();
  for (const { name, status, requests, counted } of STEPS.filter((step) => done.has(step.name))) {
    const [operation] = name.split(' ');
    const key = `${counted ?? operation} ${status}`;
    wanted.set(key, (wanted.get(key) ?? 0) + requests);
  }
  return [...wanted].flatMap(([key, count]) => {
    const seen = (after.get(key) ?? 0) - (before.get(key) ?? 0);
    return seen < count ? [`The server saw ${key} ${seen} times, and not ${count}.`] : [];
  });
}

/** Sentences about things that are missing on the server after the reported steps. */
export async function findAbsent(
  done: ReadonlySet<string>,
  platform: Platform,
  settings: ScenarioSettings,
): Promise<string[]> {
  const { SCENARIO_MARK: mark, SCENARIO_CONNECT_APP_SID: app } = settings;
  const own = `/2010-04-01/Accounts/${platform.account_sid}`;
  const customers = `/2010-04-01/Accounts/${settings.SCENARIO_SUBACCOUNT_SID}`;
  const asApp = { ...platform, account_sid: settings.SCENARIO_SUBACCOUNT_SID };
  const texts = (rows: Record<string, string>[], field: string) =>
    rows.map((row) => row[field] ?? '').toSorted();
  const checks: Record<string, () => Promise<readonly [unknown, unknown]>> = {
    async UpdateConnectApp() {
      return [(await ask(platform, `${own}/ConnectApps/${app}.json`)).description, mark];
    },
    async CreateIncomingPhoneNumber() {
      const found = await ask(asApp, `${customers}/IncomingPhoneNumbers.json`);
      return [texts(found.incoming_phone_numbers, 'friendly_name'), [mark]];
    },
    async CreateMessage() {
      const { messages } = await ask(asApp, `${customers}/Messages.json`);
      const sent = Array.from({ length: MESSAGES }, (_, n) => `${mark} ${n + 1}`);
      return [texts(messages, 'body'), sent];
    },
    async UpdateCall() {
      const { calls } = await ask(asApp, `${customers}/Calls.json`);
      return [texts(calls, 'status'), ['completed']];
    },
    async DeleteUsageTrigger() {
      const found = await ask(asApp, `${customers}/Usage/Triggers.json`);
      return [found.usage_triggers, []];
    },
    async DeleteConnectionPolicy() {
      const found = await ask(platform, '/v1/ConnectionPolicies');
      return [texts(found.connection_policies, 'friendly_name'), ['one', 'two']];
    },
  };
  const made = Object.entries(checks).filter(([name]) => done.has(name));
  const problems = await Promise.all(
    made.map(async ([name, check]) => {
      const [found, expected] = (await check()).map((value) => JSON.stringify(value));
      return found === expected ? [] : [`After ${name} there is ${found}, and not ${expected}.`];
    }),
  );
  return problems.flat();
}
