import { fetchAccountsOfPerson } from '../access/session-store.ts';
import type { Act } from '../audit/act.ts';
import { PLATFORM_LOG } from '../audit/audit-event.ts';
import { isOperator } from './person-store.ts';

/** The changes to people that the audit logs of their accounts record. */
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
 * Records a change to a person in the audit log of each of their accounts, because it concerns who
 * may act there, and in the log of security events.
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

/** Records a change in the platform's own audit log, because not every person has an account. */
export function recordForPlatform(
  { record }: Pick<Act, 'record'>,
  target_sid: string,
  action: PersonAction,
  detail: Readonly<Record<string, unknown>> = {},
): void {
  record({ action, account_sid: PLATFORM_LOG, target_sid, detail });
}
