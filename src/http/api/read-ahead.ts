import type { FastifyRequest } from 'fastify';
import {
  type Claim,
  findTargetAccount,
  type Proofs,
  readProofs,
} from '../../access/authenticate.ts';
import type { TargetAccount } from '../../access/policy.ts';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import type { Db } from '../../db/database.ts';
import { forLater, inOneRoundTrip } from '../../db/postgres/one-round-trip.ts';
import { NotFound } from '../../kit/api-error.ts';
import { isSid } from '../../kit/sid.ts';
import type { Call, Endpoint, Place, RecordHandler } from '../endpoint.ts';
import { arePathParameters, locationOf } from '../location.ts';
import { pathOf } from '../route-table.ts';
import { asksForContent } from './content.ts';

/** Rows that a request needs, read before it is known who asks. */
export interface Ahead {
  readonly proofs?: Proofs;
  /** The account of the claim, if it may be another one than the caller's. */
  readonly target?: Promise<TargetAccount | null>;
  /** The rows of the record at the path of the request, in this account. */
  readonly record?: { readonly account_sid: string; readonly found: Promise<unknown> };
}

/**
 * Reads the first rows of each request in one round trip. They decide nothing by being there: the
 * caller is authenticated and the claim is checked as without them, and the record of a caller who
 * is refused goes no further.
 */
export interface ReadsAhead {
  readonly read: (endpoint: Endpoint, request: FastifyRequest, claim: Claim) => Promise<Ahead>;
  /** Notes who sent a request, so that the next one of this user name reads the right rows. */
  readonly note: (claim: Claim, caller: Caller) => void;
}

/** The user names of apps that are remembered; the next one replaces the oldest. */
const MAX_APPS = 10_000;

/** Null on SQLite: a read has no round trip, so only the rows that turn out to be needed are read. */
export function openReadsAhead(app: App): ReadsAhead | null {
  const { db, engine } = app.database;
  if (engine === 'sqlite') return null;
  const apps = new Set<string>();
  return {
    read(endpoint, request, claim) {
      const { credentials } = claim;
      const isApp = apps.has(credentials.username);
      return inOneRoundTrip(db, (together) => ({
        proofs: readProofs(together, credentials, { isApp }),
        ...targetOf(together, claim),
        ...recordAt(endpoint, request, claim, { app, db: together }),
      }));
    },
    note({ credentials: { username } }, { kind }) {
      if (kind !== 'connect_app' || apps.has(username)) return;
      apps.add(username);
      const [oldest] = apps;
      if (apps.size > MAX_APPS && oldest !== undefined) apps.delete(oldest);
    },
  };
}

/** A key reaches no account but its own, so no other one is read for it. */
function targetOf(db: Db, { credentials, account_sid }: Claim): Pick<Ahead, 'target'> {
  const { username } = credentials;
  if (account_sid === null || account_sid === username || !isSid('AC', username)) return {};
  return { target: forLater(findTargetAccount(db, account_sid)) };
}

/**
 * The rows of the record at the path of a request. On v1 paths the account is that of the user name;
 * a key's account is not known yet, so nothing is read.
 */
function recordAt(
  { handle, bytes }: Endpoint,
  request: FastifyRequest,
  claim: Claim,
  over: Pick<Place, 'app' | 'db'>,
): Pick<Ahead, 'record'> {
  const account_sid = claim.account_sid ?? claim.credentials.username;
  if (!('finds' in handle) || !isSid('AC', account_sid)) return {};
  const path = pathOf(request);
  if (!arePathParameters(path) || asksForContent(bytes, locationOf(request.raw))) return {};
  return { record: { account_sid, found: forLater(handle.finds({ ...over, account_sid, path })) } };
}

/**
 * The record of a call whose caller is allowed to read it.
 * @throws ApiError 404
 */
export async function recordOf(
  { finds, presents }: RecordHandler,
  call: Call,
  { record }: Ahead,
): Promise<unknown> {
  const isRead = record?.account_sid === call.account_sid;
  const found = await (isRead ? record.found : finds(call));
  if (!found) throw new NotFound();
  return presents(found, call);
}
