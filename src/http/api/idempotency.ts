import {
  deleteIdempotencyKeys,
  fetchIdempotencyKey,
  type IdempotencyKey,
  keepAnswer,
  type SealedAnswer,
  takeIdempotencyKey,
} from '../../access/idempotency-store.ts';
import type { Principal } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import { sealerOf } from '../../audit/sealer.ts';
import { badParameter, conflict } from '../../kit/api-error.ts';
import { DAY_MS } from '../../kit/day.ts';
import { digestOf, keyIdOf, type Sealer } from '../../kit/seal.ts';
import type { Form } from '../parameters/form.ts';

/** A key is remembered for this time, by the product's clock. */
const KEY_KEPT_MS = DAY_MS;
const KEY_LENGTH = 128;
export const KEY = new RegExp(`^[\\x21-\\x7e]{1,${KEY_LENGTH}}$`);
/** One deed deletes this many rows at most, so that others do not wait long. */
const BATCH = 500;

/** A request that may be repeated: its key, and the digest that identifies the same request. */
export interface KeyedRequest {
  readonly key: string;
  /** The digest of the method, the path with its suffix, and the parameters in sorted order. */
  readonly digest: string;
}

/**
 * Reads the header `Idempotency-Key` of a request that has this content.
 * @throws ApiError 400/20001 naming the header when it is not 1 to 128 visible ASCII characters.
 */
export function readKeyedRequest(
  key: string | readonly string[],
  content: { readonly method: string; readonly path: string; readonly form: Form },
): KeyedRequest {
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw badParameter('Idempotency-Key', `must be 1 to ${KEY_LENGTH} visible ASCII characters`);
  }
  const { method, path, form } = content;
  const parameters = [...form].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { key, digest: digestOf(JSON.stringify([method, path, parameters])) };
}

/**
 * Runs `write` for the first request with a key. For a day, a repeated request changes nothing and
 * gets the first answer again.
 *
 * Key, effect and answer commit together or not at all. A refused request may therefore be sent
 * again with the same key, and two simultaneous requests have one effect. All credentials of an
 * account share its keys. A Connect app has its own keys under its grant, so neither side reads the
 * other's answers. Answers may hold secrets, so they are stored sealed.
 *
 * @param write returns a value that JSON can hold
 * @throws ApiError 409/20409 when the key was used with other content.
 */
export async function doOnce(
  act: Act & { readonly principal: Principal },
  { key, digest }: KeyedRequest,
  write: () => Promise<unknown>,
): Promise<unknown> {
  const { app, tx, now, principal } = act;
  const { sid: account_sid, owner_account_sid: root_sid } = principal.account;
  const created_by_grant = principal.kind === 'connect_app' ? principal.grant_sid : null;
  const name = { account_sid, caller_sid: created_by_grant ?? account_sid, key };
  const unanswered = { sealed: null, sealed_with: null };
  const row = { ...name, root_sid, ...unanswered, digest, created_by_grant, date_created: now };
  if (await takeIdempotencyKey(tx, row, now - KEY_KEPT_MS)) {
    const value = await write();
    const sealed = sealAnswer(await sealerOf(act), JSON.stringify(value), { ...name, digest });
    await keepAnswer(tx, name, sealed);
    return value;
  }
  const known = await fetchIdempotencyKey(tx, name);
  if (known?.digest !== digest) {
    throw conflict(
      'This Idempotency-Key was used for another request within the last 24 hours; use a new one',
    );
  }
  return keptAnswer(app, known);
}

/** @throws ApiError 409 when the operator has since removed the sealing key from the key ring. */
function keptAnswer({ keyRing }: App, known: IdempotencyKey): unknown {
  const { sealed } = known;
  if (sealed === null || !keyRing.has(keyIdOf(sealed))) {
    throw conflict('This request was done already, and its answer can no longer be read');
  }
  return JSON.parse(keyRing.open(sealed, rowOfAnswer(known)));
}

type Request = Pick<IdempotencyKey, 'account_sid' | 'caller_sid' | 'key' | 'digest'>;

/** The text to which a sealed answer is bound, so that it opens for no other request. */
export function rowOfAnswer({ account_sid, caller_sid, key, digest }: Request): string {
  return `idempotency_key|${account_sid}|${caller_sid}|${digest}|${key}`;
}

function sealAnswer({ key_id, seal }: Sealer, answer: string, request: Request): SealedAnswer {
  return { sealed: seal(answer, rowOfAnswer(request)), sealed_with: key_id };
}

/** Deletes the keys that are a day old. A worker calls this now and then. */
export async function forgetIdempotencyKeys({ database, now }: App): Promise<void> {
  for (;;) {
    const expired = now() - KEY_KEPT_MS;
    const deleted = await database.write((tx) => deleteIdempotencyKeys(tx, expired, BATCH));
    if (deleted < BATCH) return;
  }
}
