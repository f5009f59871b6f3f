import type { Actor } from '../audit/audit-event.ts';
import { effectivePermissions, type Permission } from '../kit/permission.ts';

/** The account that credentials belong to. */
export interface CallerAccount {
  readonly sid: string;
  /** Its own SID for a main account. */
  readonly owner_account_sid: string;
  readonly type: 'Trial' | 'Full';
  /** What the operator allows it in place of the default; null: the default. */
  readonly max_requests_per_second: number | null;
}

/** The main account that answers for what credentials send: their own, or an app's owner. */
export type Tenant = Pick<CallerAccount, 'sid' | 'max_requests_per_second'>;

/** Who acts in an account, as the Basic credentials of a request say. */
export type Principal =
  | { readonly kind: 'account'; readonly account: CallerAccount; readonly tenant: Tenant }
  | {
      readonly kind: 'key';
      readonly account: CallerAccount;
      readonly tenant: Tenant;
      readonly key_sid: string;
      readonly key_kind: 'main' | 'standard';
    }
  | ConnectPrincipal;

/** Who is calling the API: somebody who acts, or somebody who only pretends to. */
export type Caller = Principal | TestPrincipal;

/** A Connect app, acting in the subaccount that one customer's grant gave it. */
export interface ConnectPrincipal {
  readonly kind: 'connect_app';
  /** The grant's subaccount; its owner is the customer. */
  readonly account: CallerAccount;
  /** The app's owner, not the customer. */
  readonly tenant: Tenant;
  readonly connect_app_sid: string;
  readonly grant_sid: string;
  readonly granted: readonly Permission[];
  /** What the app asks for at present; what it dropped no longer holds. */
  readonly asked: readonly Permission[];
}

/**
 * An account by its test credentials. Nothing that acts takes one, so that nothing can be done
 * with them: what they are answered is made up (`pretends` of an endpoint).
 */
export interface TestPrincipal {
  readonly kind: 'test';
  /** The account that the credentials belong to, which they do not open. */
  readonly account: CallerAccount;
  readonly tenant: Tenant;
  /** The SID that stands in the account's place. */
  readonly test_sid: string;
}

export function isMainAccount(account: { sid: string; owner_account_sid: string }): boolean {
  return account.sid === account.owner_account_sid;
}

export function holds(principal: ConnectPrincipal, permission: Permission): boolean {
  return effectivePermissions(principal.granted, principal.asked).includes(permission);
}

/** Who is calling, as the log names them. */
export function senderOf(caller: Caller): { account: string; app?: string } {
  const { account, kind } = caller;
  return { account: account.sid, ...(kind === 'connect_app' && { app: caller.connect_app_sid }) };
}

/** How a principal signs the audit log and the rows that it makes. */
export function actorOf(principal: Principal): Actor {
  switch (principal.kind) {
    case 'account':
      return { kind: 'account', sid: principal.account.sid, grant_sid: null };
    case 'key':
      return { kind: 'key', sid: principal.key_sid, grant_sid: null };
    case 'connect_app':
      return {
        kind: 'connect_app',
        sid: principal.connect_app_sid,
        grant_sid: principal.grant_sid,
      };
  }
}
