import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import { DELIVERY, presentDelivery, type ShownDelivery } from '../../control/delivery-endpoints.ts';
import { withoutPasswords } from '../../http/answers/shown-urls.ts';
import { iso8601 } from '../../kit/utc.ts';
import { fetchDelivery, listAttempts, listDeliveries } from '../../webhooks/delivery-store.ts';
import { listUndelivered, type Undelivered } from '../../webhooks/list-undelivered.ts';
import { replayDelivery } from '../../webhooks/replay-delivery.ts';
import { DELIVERY_STATES, type Delivery } from '../../webhooks/webhook.ts';

/** The most webhooks in one list, newest first. */
const MAX_LISTED = 100;

type Row = Record<string, string | null>;

/** The webhooks of a state, newest first; or failed ones, with those that are tried again first. */
export async function listWebhooks(
  { database }: App,
  wanted: { readonly state?: string; readonly accountSid?: string },
): Promise<Row[]> {
  const { db } = database;
  const of = { account_sid: wanted.accountSid };
  if (wanted.accountSid !== undefined && !/^AC[0-9a-fA-F]{32}$/.test(wanted.accountSid)) {
    throw new ConfigError('--account-sid must be the SID of an account, as AC and 32 digits.');
  }
  if (wanted.state === undefined) {
    const { failing, dead } = await listUndelivered(db, of, MAX_LISTED);
    return [...failing, ...dead].slice(0, MAX_LISTED).map(rowOf);
  }
  if (wanted.state === 'failing') {
    return (await listUndelivered(db, of, MAX_LISTED)).failing.map(rowOf);
  }
  const state = DELIVERY_STATES.find((known) => known === wanted.state);
  if (!state) {
    throw new ConfigError(`--state must be one of failing, ${DELIVERY_STATES.join(', ')}.`);
  }
  const found = await listDeliveries(db, { ...of, state }, MAX_LISTED);
  return found.map((delivery) => rowOf({ ...delivery, why: delivery.reason }));
}

function rowOf(delivery: Delivery & Pick<Undelivered, 'why'>): Row {
  const { sid, account_sid, kind, host, state, attempts, date_next, why } = delivery;
  const next = date_next === null ? null : iso8601(date_next);
  return { sid, account_sid, kind, host, state, attempts: String(attempts), next, why };
}

/** @throws ConfigError for a webhook that does not exist */
export async function showWebhook({ database }: App, sid: string): Promise<ShownDelivery> {
  const { db } = database;
  const delivery = await fetchDelivery(db, sid);
  if (!delivery) throw missing(sid);
  const whole = presentDelivery(delivery, await listAttempts(db, [sid]));
  return withoutPasswords(DELIVERY, whole) as ShownDelivery;
}

export function webhookText(shown: ShownDelivery): string {
  const { attempts, parameters, reason, date_next } = shown;
  const facts: [string, string | null][] = [
    ['Delivery SID', shown.id],
    ['Kind', shown.kind],
    ['About', shown.account_sid],
    ['For app', shown.connect_app_sid],
    ['Sent to', `${shown.method} ${shown.url}`],
    ['State', shown.state],
    ['Why', reason],
    ['Made', shown.date_created],
    ['Next attempt', date_next],
    ['Idempotency', shown.idempotency_token],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [`${name.padEnd(13)} ${value}`],
  );
  lines.push('', 'Parameters', ...indented(JSON.stringify(parameters, null, 2)));
  for (const { number, date, status, error, duration_ms, response } of attempts) {
    const came = error ?? `answered ${status}`;
    lines.push('', `Attempt ${number}  ${date}  ${duration_ms} ms  ${came}`);
    if (response) lines.push(...indented(response));
  }
  if (attempts.length === 0) lines.push('', 'No attempt was made so far.');
  return lines.join('\n');
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}

/**
 * Makes the server send webhooks again: all of them, or none if one cannot be sent.
 * @throws ConfigError for a webhook that does not exist, ApiError 409 for one that was cancelled
 */
export async function replayWebhooks(app: App, sids: readonly string[]): Promise<Row[]> {
  return act(app, OPERATOR, async (doing) => {
    const rows: Row[] = [];
    for (const sid of new Set(sids)) {
      const delivery = await fetchDelivery(doing.tx, sid);
      if (!delivery) throw missing(sid);
      rows.push(rowOf({ ...(await replayDelivery(doing, delivery)), why: null }));
    }
    return rows;
  });
}

function missing(sid: string): ConfigError {
  return new ConfigError(`There is no webhook ${sid}; tieline webhooks list has the newest.`);
}
