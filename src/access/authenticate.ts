import { concerning } from '../audit/concern.ts';
import type { Db, Engine } from '../db/database.ts';
import { forLater } from '../db/postgres/one-round-trip.ts';
import type { ApiError } from '../kit/api-error.ts';
import { forbidden, unauthenticated } from '../kit/api-error.ts';
import { readPermissions } from '../kit/permission.ts';
import { digestOf, sameDigest } from '../kit/seal.ts';
import { isSid } from '../kit/sid.ts';
import type { EpochMs } from '../kit/utc.ts';
import { lockCredential, lockGrant } from './credential-lock-store.ts';
import {
  type AccountCredentials,
  type ConnectCredentials,
  fetchAccountCredentials,
  fetchConnectCredentials,
  fetchKeyCredentials,
  fetchTargetAccount,
  fetchTestCredentials,
  type KeyCredentials,
  type TestCredentials,
} from './credential-store.ts';
import {
  type Operation,
  reasonHeader,
  refusalOf,
  refusalOfTest,
  type TargetAccount,
} from './policy.ts';
import {
  actorOf,
  type Caller,
  type ConnectPrincipal,
  type Principal,
  type TestPrincipal,
} from './principal.ts';
import { demandMayWrite } from './spending.ts';

/** Basic credentials with the digest of the secret. */
export interface Credentials {
  readonly username: string;
  readonly digest: string;
}

/** The digest for comparisons without a candidate, so that the work is always the same. */
const NO_DIGEST = digestOf('');
/** The most auth tokens of an account. */
const TOKENS = 2;

/**
 * Reads an `Authorization` header (RFC 7617).
 * @throws ApiError 401/20003 when it is absent or not Basic, or when its user name is not a SID
 */
export function readCredentials(authorization: string | undefined): Credentials {
  if (authorization === undefined) {
    throw unauthenticated('Authentication Error - No credentials provided');
  }
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw unauthenticated();
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const username = decoded.slice(0, Math.max(0, colon));
  if (!isSid('AC', username) && !isSid('SK', username)) {
    throw unauthenticated('Authentication Error - invalid username');
  }
  return { username, digest: digestOf(decoded.slice(colon + 1)) };
}

/** The rows that can prove who a caller is, as far as they are read. */
export interface Proofs {
  readonly key?: Promise<KeyCredentials | undefined>;
  readonly own?: Promise<readonly AccountCredentials[]>;
  readonly apps?: Promise<readonly ConnectCredentials[]>;
}

/**
 * Reads the rows that `authenticate` asks for first, all at once.
 * @param isApp whether the rows of apps are needed, which `authenticate` reads otherwise
 */
export function readProofs(
  db: Db,
  { username }: Credentials,
  { isApp }: { readonly isApp: boolean },
): Proofs {
  if (username.startsWith('SK')) return { key: forLater(fetchKeyCredentials(db, username)) };
  const own = forLater(fetchAccountCredentials(db, username));
  return isApp ? { own, apps: forLater(fetchConnectCredentials(db, username)) } : { own };
}

/**
 * Finds the caller of a request. Nothing is cached: a changed token, a suspended account and a
 * revoked grant take effect with the next request, and for a write in progress with the next
 * commit.
 *
 * An account's SID fits its own tokens. The SID of a grant's subaccount also fits the tokens of the
 * account that owns the grant's app, and the caller is then that app (docs/contract/connect.md,
 * "Acting as an app"). Test credentials have a SID that no account has. A refusal always costs
 * three queries and six comparisons, for existing and unknown SIDs alike.
 *
 * @param proofs the rows of this user name, if they are read already
 * @throws ApiError 401/20003, the same for an unknown user name and a wrong secret
 */
export async function authenticate(
  db: Db,
  credentials: Credentials,
  proofs: Proofs = {},
): Promise<Caller> {
  const { username, digest } = credentials;
  if (username.startsWith('SK')) {
    return keyPrincipal(await (proofs.key ?? fetchKeyCredentials(db, username)), credentials);
  }
  const own = await (proofs.own ?? fetchAccountCredentials(db, username));
  const account = matching(own, digest);
  if (account) {
    if (!isUsable(account)) throw refused(account, username);
    return { kind: 'account', ...callerOf(account) };
  }
  const app = matching(await (proofs.apps ?? fetchConnectCredentials(db, username)), digest);
  if (app) return connectPrincipal(app);
  const tests = await fetchTestCredentials(db, username);
  const test = matching(tests, digest);
  if (!test) throw refused(own[0] ?? tests[0], username);
  return testPrincipal(test);
}

/** 401, the same for every error. The people of an existing account learn of it. */
function refused(
  found: Pick<AccountCredentials, 'owner_account_sid'> | undefined,
  credential_sid: string,
): ApiError {
  const refusal = unauthenticated();
  if (!found) return refusal;
  return concerning(refusal, { account_sid: found.owner_account_sid, detail: { credential_sid } });
}

/**
 * The row with this digest. All candidates are compared, and missing ones are replaced by a dummy.
 */
function matching<Row extends { readonly digest: string }>(
  rows: readonly Row[],
  digest: string,
): Row | undefined {
  let found: Row | undefined;
  for (let i = 0; i < TOKENS; i += 1) {
    const row = rows[i];
    if (sameDigest(row?.digest ?? NO_DIGEST, digest) && row) found = row;
  }
  return found;
}

function keyPrincipal(
  found: KeyCredentials | undefined,
  { username, digest }: Credentials,
): Principal {
  const matches = sameDigest(found?.secret_digest ?? NO_DIGEST, digest);
  if (!found || !matches || !isUsable(found)) throw refused(found, username);
  const { key_sid, key_kind } = found;
  return { kind: 'key', key_sid, key_kind, ...callerOf(found) };
}

function connectPrincipal(found: ConnectCredentials): ConnectPrincipal {
  const app: ConnectPrincipal = {
    kind: 'connect_app',
    account: callerOf(found).account,
    tenant: {
      sid: found.app_owner_sid,
      max_requests_per_second: found.app_owner_max_requests_per_second,
    },
    connect_app_sid: found.connect_app_sid,
    grant_sid: found.grant_sid,
    granted: readPermissions(found.granted),
    asked: readPermissions(found.asked),
  };
  if (!isUsable(found) || found.app_owner_status !== 'active') {
    throw concerning(unauthenticated('Authenticate', reasonHeader(app)), {
      account_sid: app.tenant.sid,
      detail: { credential_sid: app.tenant.sid },
    });
  }
  return app;
}

function testPrincipal(found: TestCredentials): TestPrincipal {
  if (!isUsable(found)) throw refused(found, found.test_sid);
  return { kind: 'test', test_sid: found.test_sid, ...callerOf(found) };
}

/** Whether an account may act. A suspended main account also suspends its subaccounts. */
function isUsable(found: Pick<AccountCredentials, 'status' | 'owner_status'>): boolean {
  return found.status === 'active' && found.owner_status === 'active';
}

/** The account of credentials, and the main account above it. */
function callerOf(
  found: AccountCredentials | KeyCredentials,
): Pick<Principal, 'account' | 'tenant'> {
  const { sid, owner_account_sid, type, max_requests_per_second } = found;
  return {
    account: { sid, owner_account_sid, type, max_requests_per_second },
    tenant: {
      sid: owner_account_sid,
      max_requests_per_second: found.owner_max_requests_per_second,
    },
  };
}

/** The claim of a request: credentials, an operation, and an account or the caller's own. */
export interface Claim {
  readonly credentials: Credentials;
  readonly operation: Operation;
  readonly account_sid: string | null;
  /**
   * Whether it changes something. A write needs an active account, unless it changes the account
   * itself.
   */
  readonly changes: boolean;
  /** Whether test credentials get an answer. */
  readonly pretends: boolean;
}

/**
 * Checks the claim of a known caller against the policy table.
 * @param found the account of the claim, if it is being read already; null: there is none
 * @throws ApiError 401, 403 or 404 by `policy.ts`
 */
export async function demandAllowed(
  db: Db,
  claim: Claim,
  principal: Caller,
  found?: Promise<TargetAccount | null>,
): Promise<void> {
  const { operation, account_sid, changes } = claim;
  if (principal.kind === 'test') {
    const refusal = refusalOfTest(principal, account_sid, claim.pretends);
    if (refusal) throw refusal;
    return;
  }
  const isSelf = account_sid === null || account_sid === principal.account.sid;
  const target = isSelf
    ? { ...principal.account, status: 'active' as const }
    : await (found ?? findTargetAccount(db, account_sid));
  const refusal = refusalOf(principal, operation, target);
  if (refusal) throw refusal;
  if (changes && operation !== 'account.update' && target?.status !== 'active') {
    throw forbidden(`The account is ${target?.status}; nothing in it can be changed`);
  }
}

/** Text without the form of a SID is not looked up: the database cannot contain it. */
export async function findTargetAccount(db: Db, sid: string): Promise<TargetAccount | null> {
  return isSid('AC', sid) ? ((await fetchTargetAccount(db, sid)) ?? null) : null;
}

/**
 * Locks the grant and the credentials of a caller, so that a revoke or a change of the token by
 * another transaction waits for this one, or was seen. SQLite has one writer and needs no lock.
 */
export async function lockAccess(tx: Db, admitted: Principal): Promise<void> {
  if (admitted.kind === 'connect_app') {
    await Promise.all([lockGrant(tx, admitted.grant_sid), lockCredential(tx, admitted.tenant.sid)]);
  } else {
    await lockCredential(tx, admitted.kind === 'key' ? admitted.key_sid : admitted.account.sid);
  }
}

/**
 * Checks a claim again inside the transaction of the change. A grant that was revoked, a token that
 * was rotated or an account that was suspended since the request arrived is refused here. So is a
 * Connect app that has spent its limit.
 */
export async function admitWithin(
  { tx, engine, now }: { readonly tx: Db; readonly engine: Engine; readonly now: EpochMs },
  claim: Claim,
  admitted: Principal,
): Promise<Principal> {
  if (engine === 'postgres') await lockAccess(tx, admitted);
  const principal = await authenticate(tx, claim.credentials);
  // Test credentials never change anything, so they never get here.
  if (principal.kind === 'test') throw unauthenticated();
  await demandAllowed(tx, claim, principal);
  await demandMayWrite({ tx, actor: actorOf(principal), now });
  return principal;
}
