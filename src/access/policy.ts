import { ApiError, forbidden, NotFound, unauthenticated } from '../kit/api-error.ts';
import type { Permission } from '../kit/permission.ts';
import {
  type ConnectPrincipal,
  holds,
  isMainAccount,
  type Principal,
  type TestPrincipal,
} from './principal.ts';

/**
 * The accounts that an account's own credentials reach: `self`, `family` (itself, and for a main
 * account its subaccounts), `main` (itself, only if it is a main account), or `never`.
 */
type Reach = 'self' | 'family' | 'main' | 'never';

/**
 * The need of a Connect app: any grant, a certain permission, or `never` for an act it may not do.
 */
type Need = 'grant' | Permission | 'never';

interface Rule {
  readonly account: Reach;
  readonly main_key: Reach;
  readonly standard_key: Reach;
  /** The needs in the grant's own subaccount, and in the customer's other accounts. */
  readonly connect_app: { readonly own: Need; readonly others: Need };
  /** The refusal within reach: 403, or 404 if the thing does not exist for the caller. */
  readonly refusal: 403 | 404;
}

/**
 * The policy: which caller may do which operation. The server enforces this table, tests compare
 * with it, and the documentation prints it. An endpoint names its row. A method or a header never
 * allows more.
 */
export const POLICY = {
  'resource.read': {
    account: 'family',
    main_key: 'self',
    standard_key: 'self',
    connect_app: { own: 'grant', others: 'get-all' },
    refusal: 403,
  },
  'resource.write': {
    account: 'family',
    main_key: 'self',
    standard_key: 'self',
    connect_app: { own: 'post-all', others: 'never' },
    refusal: 403,
  },
  'account.list': {
    account: 'self',
    main_key: 'self',
    standard_key: 'never',
    connect_app: { own: 'grant', others: 'never' },
    refusal: 403,
  },
  'account.create': {
    account: 'main',
    main_key: 'main',
    standard_key: 'never',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'account.read': {
    account: 'family',
    main_key: 'self',
    standard_key: 'never',
    connect_app: { own: 'grant', others: 'get-all' },
    refusal: 403,
  },
  'account.update': {
    account: 'family',
    main_key: 'self',
    standard_key: 'never',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'balance.read': {
    account: 'main',
    main_key: 'main',
    standard_key: 'main',
    connect_app: { own: 'never', others: 'never' },
    refusal: 404,
  },
  'key.read': {
    account: 'family',
    main_key: 'self',
    standard_key: 'never',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'key.write': {
    account: 'family',
    main_key: 'self',
    standard_key: 'never',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'connect-app.read': {
    account: 'family',
    main_key: 'self',
    standard_key: 'self',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'connect-app.write': {
    account: 'family',
    main_key: 'self',
    standard_key: 'self',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
  'authorized-connect-app.read': {
    account: 'family',
    main_key: 'self',
    standard_key: 'self',
    connect_app: { own: 'never', others: 'never' },
    refusal: 403,
  },
} as const satisfies Record<string, Rule>;

export type Operation = keyof typeof POLICY;

/** The account that a request is about. */
export interface TargetAccount {
  readonly sid: string;
  readonly owner_account_sid: string;
  readonly status: 'active' | 'suspended' | 'closed';
}

/**
 * Decides whether `principal` may do `operation` on `target`; null when it may.
 *
 * `target` is null for an account that does not exist. The answer is the same as for another
 * tenant's account. Outside of the caller's reach the answer is 401/20003, within it 403/20403 or
 * 404/20404. A Connect app gets the reason in `Tieline-Reason`.
 */
export function refusalOf(
  principal: Principal,
  operation: Operation,
  target: TargetAccount | null,
): ApiError | null {
  const rule: Rule = POLICY[operation];
  if (principal.kind === 'connect_app') return refuseConnectApp(principal, rule, target);

  const reach =
    principal.kind === 'account' ? rule.account : rule[`${principal.key_kind}_key` as const];
  const isSelf = target?.sid === principal.account.sid;
  const isChild = target?.owner_account_sid === principal.account.sid && !isSelf;
  const inReach = isSelf || (isChild && principal.kind === 'account');
  if (!inReach || reach === 'never') return unauthenticated();
  if (reach === 'family' || (reach === 'self' && isSelf)) return null;
  if (reach === 'main' && isSelf && isMainAccount(principal.account)) return null;
  return refuse(rule, 'Only a main account may do this');
}

/**
 * Decides about test credentials. Under their own SID, or without one, they may call endpoints that
 * answer without an effect; every other endpoint is 403/20008. All other accounts, even the one
 * they belong to, are out of reach and answered 401/20003 (docs/contract/accounts.md, "Test
 * credentials").
 */
export function refusalOfTest(
  { test_sid }: TestPrincipal,
  account_sid: string | null,
  pretends: boolean,
): ApiError | null {
  if (account_sid !== null && account_sid !== test_sid) return unauthenticated();
  if (pretends) return null;
  return new ApiError(403, 20008, 'Resource not accessible with Test Account Credentials');
}

function refuseConnectApp(
  app: ConnectPrincipal,
  rule: Rule,
  target: TargetAccount | null,
): ApiError | null {
  const isOwn = target?.sid === app.account.sid;
  const isOther = !isOwn && target?.owner_account_sid === app.account.owner_account_sid;
  if (isOther && !holds(app, 'get-all')) {
    return unauthenticated('Authenticate', reasonHeader(app, 'get-all'));
  }
  if (!isOwn && !isOther) return unauthenticated('Authenticate', reasonHeader(app));

  const need = isOwn ? rule.connect_app.own : rule.connect_app.others;
  if (need === 'never') {
    return refuse(rule, 'A Connect app may not do this', reasonHeader(app));
  }
  const missing = need === 'grant' ? missingGrant(app) : holds(app, need) ? null : need;
  if (missing === null) return null;
  const message = `The Connect app does not hold the permission "${missing}" here`;
  return refuse(rule, message, reasonHeader(app, missing));
}

/**
 * A grant without permissions in force allows no reading. Either permission would be enough, so the
 * refusal names one that a new authorisation would give, if there is one.
 */
function missingGrant(app: ConnectPrincipal): Permission | null {
  if (holds(app, 'get-all') || holds(app, 'post-all')) return null;
  return app.asked[0] ?? 'get-all';
}

function refuse(rule: Rule, message: string, headers: Record<string, string> = {}): ApiError {
  return rule.refusal === 404 ? new NotFound(headers) : forbidden(message, headers);
}

/**
 * `Tieline-Reason`, a dictionary of RFC 9651: the app, the grant, the missing permission (absent if
 * none would be enough), and whether a new authorisation by the customer would help.
 */
export function reasonHeader(
  app: Pick<ConnectPrincipal, 'connect_app_sid' | 'grant_sid' | 'granted' | 'asked'>,
  missing?: Permission,
): Record<string, string> {
  const wouldHelp = missing !== undefined && app.asked.includes(missing);
  return reasonOf(app, missing ? [`missing="${missing}"`] : [], { reauthorize: wouldHelp });
}

/** The limit that keeps an app from spending. */
type SpendingReason =
  | { readonly limit: string; readonly spent: string }
  | { readonly country: string }
  | { readonly expired: string }
  | 'balance';

/**
 * `Tieline-Reason` about spending: `limit` and `spent` of the grant in this month, the `country` that
 * the grant leaves out, or the time at which it `expired`, as strings; or `balance=?0` when the
 * customer's balance is too low. An app may not know the balance itself.
 */
export function spendingReason(
  app: Pick<ConnectPrincipal, 'connect_app_sid' | 'grant_sid'>,
  why: SpendingReason,
): Record<string, string> {
  const parts =
    why === 'balance'
      ? ['balance=?0']
      : Object.entries(why).map(([key, value]) => `${key}="${value}"`);
  return reasonOf(app, parts, { reauthorize: false });
}

function reasonOf(
  { connect_app_sid, grant_sid }: Pick<ConnectPrincipal, 'connect_app_sid' | 'grant_sid'>,
  why: readonly string[],
  { reauthorize }: { readonly reauthorize: boolean },
): Record<string, string> {
  const parts = [
    `app="${connect_app_sid}"`,
    `grant="${grant_sid}"`,
    ...why,
    `reauthorize=?${reauthorize ? 1 : 0}`,
  ];
  return { 'Tieline-Reason': parts.join(', ') };
}
