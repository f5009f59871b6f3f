import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import { withoutUserInfo } from '../kit/user-info.ts';
import type { EpochMs } from '../kit/utc.ts';

/** The author of a change. A Connect app acts under a grant, and its rows carry that grant. */
export interface Actor {
  readonly kind: 'account' | 'key' | 'connect_app' | 'person' | 'operator' | 'system';
  readonly sid: string | null;
  readonly grant_sid: string | null;
  /** The address of the peer, for a person who changes passwords, factors or sessions. */
  readonly address?: string | null;
}

export const OPERATOR: Actor = { kind: 'operator', sid: null, grant_sid: null };
export const SYSTEM: Actor = { kind: 'system', sid: null, grant_sid: null };

/** The account of the platform's own events, which no account's log shows. */
export const PLATFORM_LOG = '';

/** A change to one thing in one account. `detail` never holds a secret. */
export interface AuditEvent {
  /** `<thing>.<past participle>`, such as `connect_app.updated`. */
  readonly action: string;
  /** The account, or `PLATFORM_LOG`. */
  readonly account_sid: string;
  readonly target_sid: string | null;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * A row of the log without its place in the chain. The chain also knows the main account of the
 * row's account.
 */
export type NewAuditEvent = Omit<
  Selectable<Tables['audit_events']>,
  'root_sid' | 'number' | 'previous'
>;

export function auditRow(
  event: AuditEvent,
  actor: Actor,
  now: EpochMs,
  sid: string,
): NewAuditEvent {
  return {
    sid,
    date_created: now,
    account_sid: event.account_sid,
    actor_kind: actor.kind,
    actor_sid: actor.sid,
    grant_sid: actor.grant_sid,
    action: event.action,
    target_sid: event.target_sid,
    detail: JSON.stringify(event.detail ?? {}, withoutSecrets),
  };
}

/** Removes passwords from URLs, because the log must not keep them. */
function withoutSecrets(_name: string, value: unknown): unknown {
  const isUrl = typeof value === 'string' && /^https?:\/\//i.test(value);
  return isUrl ? withoutUserInfo(value) : value;
}
