import type { Actor } from '../audit/audit-event.ts';
import { effectivePermissions, type Permission } from '../kit/permission.ts';

/** The account of some credentials. */
export interface CallerAccount {
  readonly sid: string;
  /** The main account; for a main account its own SID. */
  readonly owner_account_sid: string;
  readonly type: 'Trial' | 'Full';
  /** The operator's limit for it; null means the default. */
  readonly max_requests_per_second: number | null;
}

/**
 * The main account that is limited by the requests of credentials: their own, or an app's owner.
 */
export type Tenant = Pick<CallerAccount, 'sid' | 'max_requests_per_second'>;

/** The actor in an account, by the Basic credentials of a request. */
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

/** The caller of the API: a principal that acts, or test credentials. */
export type Caller = Principal | TestPrincipal;

/** A Connect app that acts in the subaccount of a customer's grant. */
export interface ConnectPrincipal {
  readonly kind: 'connect_app';
  /** The grant's subaccount. Its owner is the customer. */
  readonly account: CallerAccount;
  /** The owner of the app, not the customer. */
  readonly tenant: Tenant;
  readonly connect_app_sid: string;
  readonly grant_sid: string;
  readonly granted: readonly Permission[];
  /** The permissions that the app asks for at present. A dropped one no longer applies. */
  readonly asked: readonly Permission[];
}

/**
 * An account by its test credentials. No function that acts accepts this type, so test credentials
 * can change nothing. Their answers are made up (`pretends` of an endpoint).
 */
export interface TestPrincipal {
  readonly kind: 'test';
  /** The account of the test credentials. They do not give access to it. */
  readonly account: CallerAccount;
  readonly tenant: Tenant;
  /** The SID of the test credentials, in place of the account's SID. */
  readonly test_sid: string;
}

export function isMainAccount(account: { sid: string; owner_account_sid: string }): boolean {
  return account.sid === account.owner_account_sid;
}

export function holds(principal: ConnectPrincipal, permission: Permission): boolean {
  return effectivePermissions(principal.granted, principal.asked).includes(permission);
}

/** The caller in the form of the log. */
export function senderOf(caller: Caller): { account: string; app?: string } {
  const { account, kind } = caller;
  return { account: account.sid, ...(kind === 'connect_app' && { app: caller.connect_app_sid }) };
}

/** A principal as the author of audit events and rows. */
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
