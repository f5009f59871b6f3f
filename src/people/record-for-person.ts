import { fetchAccountsOfPerson } from '../access/session-store.ts';
import type { Act } from '../audit/act.ts';
import { PLATFORM_LOG } from '../audit/audit-event.ts';
import { isOperator } from './person-store.ts';

/** What happens to people, in the audit logs of the accounts that they may use. */
export type PersonAction =
  | 'operator.added'
  | 'operator.removed'
  | 'password.changed'
  | 'password_link.made'
  | 'person.deleted'
  | 'person.disabled'
  | 'person.enabled'
  | 'person.renamed'
  | 'recovery_codes.replaced'
  | 'second_factor.added'
  | 'second_factor.removed'
  | 'session.ended'
  | 'session.started'
  | 'sessions.ended';

/**
 * Tells every account of a person what happened to them, as whoever may act there concerns it, and the
 * log of security events.
 */
export async function recordForPerson(
  { tx, record, recordSecurity }: Pick<Act, 'tx' | 'record' | 'recordSecurity'>,
  person_sid: string,
  action: PersonAction,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const isOperators = action === 'session.started' && (await isOperator(tx, person_sid));
  const kind = isOperators ? 'operator.signed_in' : action;
  recordSecurity({ kind, person_sid });
  for (const { sid: account_sid } of await fetchAccountsOfPerson(tx, person_sid)) {
    record({ action, account_sid, target_sid: person_sid, detail });
  }
}

/** Tells the platform's own log, as not everybody has an account. */
export function recordForPlatform(
  { record }: Pick<Act, 'record'>,
  target_sid: string,
  action: PersonAction,
  detail: Readonly<Record<string, unknown>> = {},
): void {
  record({ action, account_sid: PLATFORM_LOG, target_sid, detail });
}
