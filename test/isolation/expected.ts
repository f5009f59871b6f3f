/**
 * The answer that each caller must get, written from docs/contract/accounts.md, "Statuses",
 * docs/contract/accounts.md, "API keys", and docs/contract/connect.md, "Permissions", alone. It
 * shares nothing with `src/access/policy.ts`. The two tables were written apart, so a mistake in
 * one of them makes the matrix fail.
 */

/** The subject of an operation. */
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
const NUMBERS_ON_OFFER = `${ACCOUNT}/AvailablePhoneNumbers`;
const NUMBERS = `${ACCOUNT}/IncomingPhoneNumbers`;
const CALLS = `${ACCOUNT}/Calls`;
const RECORDINGS = `${ACCOUNT}/Recordings`;
const TRANSCRIPTIONS = `${ACCOUNT}/Transcriptions`;
const MESSAGES = `${ACCOUNT}/Messages`;
const TARGETS = '/v1/ConnectionPolicies/:ConnectionPolicySid/Targets';

/** Every operation. A missing line and a superfluous line are both a fault. */
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
  [`GET ${NUMBERS_ON_OFFER}`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/Local`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/MachineToMachine`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/Mobile`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/National`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/SharedCost`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/TollFree`]: 'reading',
  [`GET ${NUMBERS_ON_OFFER}/:CountryCode/Voip`]: 'reading',
  ...each(['GET', 'POST'], NUMBERS),
  ...each(['GET', 'POST'], `${NUMBERS}/Local`),
  ...each(['GET', 'POST'], `${NUMBERS}/Mobile`),
  ...each(['GET', 'POST'], `${NUMBERS}/TollFree`),
  ...each(['GET', 'POST', 'DELETE'], `${NUMBERS}/:Sid`),
  ...each(['GET', 'POST'], CALLS),
  ...each(['GET', 'POST', 'DELETE'], `${CALLS}/:Sid`),
  ...each(['GET', 'POST'], `${CALLS}/:CallSid/Recordings`),
  ...each(['GET', 'POST', 'DELETE'], `${CALLS}/:CallSid/Recordings/:Sid`),
  [`GET ${RECORDINGS}`]: 'reading',
  ...each(['GET', 'DELETE'], `${RECORDINGS}/:Sid`),
  [`GET ${RECORDINGS}/:RecordingSid/Transcriptions`]: 'reading',
  ...each(['GET', 'DELETE'], `${RECORDINGS}/:RecordingSid/Transcriptions/:Sid`),
  [`GET ${TRANSCRIPTIONS}`]: 'reading',
  ...each(['GET', 'DELETE'], `${TRANSCRIPTIONS}/:Sid`),
  ...each(['GET', 'POST'], MESSAGES),
  ...each(['GET', 'POST', 'DELETE'], `${MESSAGES}/:Sid`),
  [`POST ${MESSAGES}/:MessageSid/Feedback`]: 'writing',
  [`GET ${MESSAGES}/:MessageSid/Media`]: 'reading',
  ...each(['GET', 'DELETE'], `${MESSAGES}/:MessageSid/Media/:Sid`),
  [`GET ${ACCOUNT}/Addresses`]: 'reading',
  [`GET ${ACCOUNT}/Applications`]: 'reading',
  [`GET ${ACCOUNT}/Conferences`]: 'reading',
  [`GET ${ACCOUNT}/Notifications`]: 'reading',
  [`GET ${ACCOUNT}/OutgoingCallerIds`]: 'reading',
  [`GET ${ACCOUNT}/Queues`]: 'reading',
  [`GET ${ACCOUNT}/SIP/CredentialLists`]: 'reading',
  [`GET ${ACCOUNT}/SIP/Domains`]: 'reading',
  [`GET ${ACCOUNT}/SIP/IpAccessControlLists`]: 'reading',
  [`GET ${ACCOUNT}/SMS/ShortCodes`]: 'reading',
  [`GET ${CALLS}/:CallSid/Events`]: 'reading',
  [`GET ${CALLS}/:CallSid/Notifications`]: 'reading',
  [`GET ${NUMBERS}/:IncomingPhoneNumberSid/AssignedAddOns`]: 'reading',
  [`GET ${RECORDINGS}/:RecordingSid/AddOnResults`]: 'reading',
  ...each(['GET', 'POST'], '/v1/ConnectionPolicies'),
  ...each(['GET', 'POST', 'DELETE'], '/v1/ConnectionPolicies/:Sid'),
  ...each(['GET', 'POST'], TARGETS),
  ...each(['GET', 'POST', 'DELETE'], `${TARGETS}/:Sid`),
  ...each(['GET', 'POST'], '/v1/ByocTrunks'),
  ...each(['GET', 'POST', 'DELETE'], '/v1/ByocTrunks/:Sid'),
};

/** The operations that test credentials may pretend. All others are refused. */
const PRETENDED: ReadonlySet<string> = new Set(
  [
    NUMBERS,
    `${NUMBERS}/Local`,
    `${NUMBERS}/Mobile`,
    `${NUMBERS}/TollFree`,
    MESSAGES,
    `${ACCOUNT}/Calls`,
  ].map((path) => `POST ${path}`),
);

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

/** The caller that credentials stand for: nobody, when they are absent, wrong or expired. */
export type Who =
  | { readonly is: 'nobody' }
  | { readonly is: 'tester' }
  | { readonly is: 'account' | 'main key' | 'standard key'; readonly of_main_account: boolean }
  | { readonly is: 'app'; readonly may: readonly Permission[] };

/**
 * The relation of an account to the caller's own: the same, a subaccount of it, another account of
 * the same customer, or any other account, existing or not.
 */
export type Relation = 'self' | 'child' | 'family' | 'stranger';

/** Allowed, or the status of the refusal. */
export type Verdict = 'yes' | 401 | 403 | 404;

/** Twilio's error code of each status. */
const CODES: Readonly<Record<number, number>> = {
  400: 20001,
  401: 20003,
  403: 20403,
  404: 20404,
  405: 20004,
};

/** @param status the status of a refusal */
export function codeOf(who: Who, status: number): number | null {
  return who.is === 'tester' && status === 403 ? 20008 : (CODES[status] ?? null);
}

/** @param operation a method and a path, as in `OPERATIONS` */
export function verdictOn(who: Who, operation: string, account: Relation): Verdict {
  const what = OPERATIONS[operation];
  if (!what) throw new Error(`test/isolation/expected.ts has no line for ${operation}`);
  switch (who.is) {
    case 'nobody':
      return 401;
    case 'tester':
      // Test credentials do not even reach the account that they belong to.
      if (account !== 'self') return 401;
      return PRETENDED.has(operation) ? 'yes' : 403;
    case 'app':
      return verdictOnApp(who.may, what, account);
    case 'main key':
    case 'standard key':
      // A key reaches only its own account, and no subaccount.
      if (account !== 'self') return 401;
      // Standard keys touch neither `/Accounts` nor keys.
      if (who.is === 'standard key' && /^(new )?account|^keys/.test(what)) return 401;
      break;
    case 'account':
      if (account !== 'self' && account !== 'child') return 401;
  }
  // Subaccounts have no balance and make no accounts. Everything else is open to them.
  const isMain = account === 'self' && who.of_main_account;
  if (what === 'balance' && !isMain) return 404;
  if (what === 'new account' && !isMain) return 403;
  return 'yes';
}

function verdictOnApp(may: readonly Permission[], what: What, account: Relation): Verdict {
  // Without get-all, an app reaches its own subaccount only.
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

/** Whether a caller's `GET /Accounts` lists all accounts of the customer, or its own only. */
export function listsFamily(who: Who): boolean {
  if (who.is === 'nobody' || who.is === 'tester') return false;
  return who.is === 'app' ? who.may.includes('get-all') : who.of_main_account;
}
