import type { AuditFilter, StoredAuditEvent } from '../../audit/audit-store.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** The kinds of actors, as the audit log calls them. */
export const ACTOR_KINDS: Readonly<Record<StoredAuditEvent['actor_kind'], string>> = {
  person: 'A person',
  connect_app: 'A Connect app',
  account: 'The account, by its auth token',
  key: 'An API key',
  operator: 'The operator',
  system: 'The platform itself',
};

const DAY_MS = 86_400_000;
const ACTION = /^[a-z_]{1,64}\.[a-z_]{1,64}$/;
const SID = /^[A-Z]{2}[0-9A-Fa-f]{32}$/;

/**
 * Reads the filter of the audit log's form. An empty field filters nothing. Days are in UTC, and
 * the last day is included.
 * @throws ApiError 400 naming the field that breaks its rule.
 */
export function readAuditFilter(query: Form): AuditFilter {
  const given = (name: string) => singleValue(query, name)?.trim() || undefined;
  const kind = given('actor_kind');
  const action = given('action');
  const sid = given('sid');
  if (kind !== undefined && !Object.hasOwn(ACTOR_KINDS, kind)) {
    throw badParameter('actor_kind', 'must be one of the list');
  }
  if (action !== undefined && !ACTION.test(action)) {
    throw badParameter('action', 'must be one of the list');
  }
  if (sid !== undefined && !SID.test(sid)) {
    throw badParameter('sid', 'must be two letters and 32 hexadecimal digits');
  }
  const from = dayOf('from', given('from'));
  const to = dayOf('to', given('to'));
  if (from !== undefined && to !== undefined && to < from) {
    throw badParameter('to', 'must not be before the first day');
  }
  return {
    actor_kind: kind as StoredAuditEvent['actor_kind'] | undefined,
    action,
    sid,
    from,
    before: to === undefined ? undefined : to + DAY_MS,
  };
}

/** Midnight at the beginning of a day, in UTC. */
function dayOf(name: string, text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined;
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Without this check, 31 June would be 1 July.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) {
    throw badParameter(name, 'must be a day such as 2026-03-18');
  }
  return midnight;
}

/** `connect_app.updated` → `Connect app updated`. */
export function actionWords(action: string): string {
  const words = action.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
