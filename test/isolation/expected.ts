/**
 * What everybody must be answered, written down from the product's decisions ("Who may do what")
 * and the contract (§2.3, §2.4, §4.4) alone. It shares nothing with `src/access/policy.ts`: two
 * tables that were written apart agree by being right, or the matrix is red.
 */

/** What an operation is about. */
export type What =
  | 'accounts'
  | 'new account'
  | 'account'
  | 'account change'
  | 'balance'
  | 'keys'
  | 'own apps'
  | 'authorised apps'
  | 'reading'
  | 'writing';

const ACCOUNTS = '/2010-04-01/Accounts';
const ACCOUNT = `${ACCOUNTS}/:AccountSid`;
const RECORDS = `${ACCOUNT}/Usage/Records`;
const TARGETS = '/v1/ConnectionPolicies/:ConnectionPolicySid/Targets';

/** Every operation that there is. One without its line here, and a line without one, is a fault. */
export const OPERATIONS: Readonly<Record<string, What>> = {
  [`GET ${ACCOUNTS}`]: 'accounts',
  [`POST ${ACCOUNTS}`]: 'new account',
  [`GET ${ACCOUNT}`]: 'account',
  [`POST ${ACCOUNT}`]: 'account change',
  [`GET ${ACCOUNT}/Balance`]: 'balance',
  ...each(['GET', 'POST'], `${ACCOUNT}/Keys`, 'keys', 'keys'),
  ...each(['GET', 'POST', 'DELETE'], `${ACCOUNT}/Keys/:Sid`, 'keys', 'keys'),
  ...each(['GET', 'POST'], `${ACCOUNT}/SigningKeys`, 'keys', 'keys'),
  ...each(['GET', 'POST', 'DELETE'], `${ACCOUNT}/SigningKeys/:Sid`, 'keys', 'keys'),
  [`GET ${ACCOUNT}/ConnectApps`]: 'own apps',
  ...each(['GET', 'POST'], `${ACCOUNT}/ConnectApps/:Sid`, 'own apps', 'own apps'),
  [`GET ${ACCOUNT}/AuthorizedConnectApps`]: 'authorised apps',
  [`GET ${ACCOUNT}/AuthorizedConnectApps/:ConnectAppSid`]: 'authorised apps',
  [`GET ${RECORDS}`]: 'reading',
  [`GET ${RECORDS}/AllTime`]: 'reading',
  [`GET ${RECORDS}/Daily`]: 'reading',
  [`GET ${RECORDS}/LastMonth`]: 'reading',
  [`GET ${RECORDS}/Monthly`]: 'reading',
  [`GET ${RECORDS}/ThisMonth`]: 'reading',
  [`GET ${RECORDS}/Today`]: 'reading',
  [`GET ${RECORDS}/Yearly`]: 'reading',
  [`GET ${RECORDS}/Yesterday`]: 'reading',
  ...each(['GET', 'POST'], `${ACCOUNT}/Usage/Triggers`),
  ...each(['GET', 'POST', 'DELETE'], `${ACCOUNT}/Usage/Triggers/:Sid`),
  ...each(['GET', 'POST'], '/v1/ConnectionPolicies'),
  ...each(['GET', 'POST', 'DELETE'], '/v1/ConnectionPolicies/:Sid'),
  ...each(['GET', 'POST'], TARGETS),
  ...each(['GET', 'POST', 'DELETE'], `${TARGETS}/:Sid`),
  ...each(['GET', 'POST'], '/v1/ByocTrunks'),
  ...each(['GET', 'POST', 'DELETE'], '/v1/ByocTrunks/:Sid'),
};

function each(
  methods: readonly string[],
  path: string,
  read: What = 'reading',
  write: What = 'writing',
): Record<string, What> {
  return Object.fromEntries(
    methods.map((method) => [`${method} ${path}`, method === 'GET' ? read : write]),
  );
}

export type Permission = 'get-all' | 'post-all';

/** Whom credentials make the caller: nobody, when they are absent, wrong or no longer good. */
export type Who =
  | { readonly is: 'nobody' }
  | { readonly is: 'account' | 'main key' | 'standard key'; readonly ofMainAccount: boolean }
  | { readonly is: 'app'; readonly may: readonly Permission[] };

/**
 * How an account stands to the caller's own: the same, a subaccount of it, another account of
 * the same customer, or anything else, whether it exists or not.
 */
export type Relation = 'self' | 'child' | 'family' | 'stranger';

/** Allowed, or the status of the refusal. */
export type Verdict = 'yes' | 401 | 403 | 404;

/** Twilio's error code of each status. */
export const CODES: Readonly<Record<number, number>> = {
  400: 20001,
  401: 20003,
  403: 20403,
  404: 20404,
  405: 20004,
};

export function verdictOn(who: Who, what: What, account: Relation): Verdict {
  switch (who.is) {
    case 'nobody':
      return 401;
    case 'app':
      return verdictOnApp(who.may, what, account);
    case 'main key':
    case 'standard key':
      // A key is its own account's and reaches no other, not even a subaccount (§2.4).
      if (account !== 'self') return 401;
      // Standard keys touch neither `/Accounts` nor keys (§2.3, §2.6).
      if (who.is === 'standard key' && /^(new )?account|^keys/.test(what)) return 401;
      break;
    case 'account':
      if (account !== 'self' && account !== 'child') return 401;
  }
  // Subaccounts have no balance and make no accounts; all else is their own and their parent's.
  const isMain = account === 'self' && who.ofMainAccount;
  if (what === 'balance' && !isMain) return 404;
  if (what === 'new account' && !isMain) return 403;
  return 'yes';
}

function verdictOnApp(may: readonly Permission[], what: What, account: Relation): Verdict {
  // Without get-all there is nothing but the app's own subaccount.
  const reaches = account === 'self' || (account === 'family' && may.includes('get-all'));
  if (!reaches) return 401;
  switch (what) {
    case 'balance':
      return 404;
    case 'new account':
    case 'account change':
    case 'keys':
    case 'own apps':
    case 'authorised apps':
      return 403;
    case 'accounts':
    case 'account':
    case 'reading':
      return may.length > 0 ? 'yes' : 403;
    case 'writing':
      return account === 'self' && may.includes('post-all') ? 'yes' : 403;
  }
}

/** Whether a caller sees the auth tokens of the accounts that it is shown. */
export function seesTokens(who: Who, what: What): boolean {
  return who.is !== 'app' && /^(new )?account/.test(what);
}

/** Which accounts a caller's `GET /Accounts` lists: its own, or the customer's every one. */
export function listsFamily(who: Who): boolean {
  if (who.is === 'nobody') return false;
  return who.is === 'app' ? who.may.includes('get-all') : who.ofMainAccount;
}
