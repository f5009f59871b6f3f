import type { Account } from '../../accounts/account.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import { openToken } from '../../accounts/auth-token.ts';
import { fetchTokens } from '../../accounts/auth-token-store.ts';
import type { App } from '../../app.ts';
import type { Db } from '../../db/database.ts';
import { isSid } from '../../kit/sid.ts';
import { listAttempts, listNewestSigned } from '../delivery-store.ts';
import type { Attempt, Delivery } from '../webhook.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import type { SentRequest, SignatureCase, SigningKey } from './signature-case.ts';

/** The newest deliveries that an account signed, with which a case is compared. */
const COMPARED = 50;

type Asking = Pick<Account, 'sid' | 'owner_account_sid'>;

/**
 * Examines a request for an account's people: with the tokens of the account, of its main account,
 * and of the account that the request names if both have the same main account; and with the last
 * requests that these tokens signed. It keeps nothing.
 */
export async function askDoctor(
  { keyRing }: Pick<App, 'keyRing'>,
  db: Db,
  account: Asking,
  given: SignatureCase,
): Promise<Diagnosis> {
  const keys: SigningKey[] = [];
  const sent: SentRequest[] = [];
  for (const [sid, name] of await signersOf(db, account, given)) {
    for (const token of await fetchTokens(db, sid)) {
      keys.push({
        name: `the ${token.slot} token of ${name}`,
        token: openToken(keyRing, token),
        is_usual: sid === account.sid && token.slot === 'primary',
      });
    }
    sent.push(...(await listSent(db, sid)));
  }
  return diagnose(given, keys, sent);
}

/** The accounts whose tokens may have signed, with their names in the answer. */
async function signersOf(
  db: Db,
  { sid, owner_account_sid }: Asking,
  { pairs }: SignatureCase,
): Promise<ReadonlyMap<string, string>> {
  const signers = new Map([[sid, 'this account']]);
  if (owner_account_sid !== sid) signers.set(owner_account_sid, 'the main account');
  const named = pairs.find(([name]) => name === 'AccountSid')?.[1] ?? '';
  if (isSid('AC', named) && !signers.has(named)) {
    const other = await fetchAccount(db, named);
    if (other?.owner_account_sid === owner_account_sid) signers.set(named, `the account ${named}`);
  }
  return signers;
}

async function listSent(db: Db, signing_account_sid: string): Promise<SentRequest[]> {
  const deliveries = await listNewestSigned(db, signing_account_sid, COMPARED);
  const bySid = new Map(deliveries.map((one) => [one.sid, one]));
  const attempts = await listAttempts(db, [...bySid.keys()]);
  return attempts.flatMap((attempt) => {
    const delivery = bySid.get(attempt.delivery_sid);
    return delivery ? sentRequest(delivery, attempt) : [];
  });
}

function sentRequest({ method, body_kind, payload }: Delivery, attempt: Attempt): SentRequest[] {
  if (attempt.signed === null) return [];
  const isForm = method === 'POST' && body_kind === 'form';
  const pairs = isForm ? Object.entries(JSON.parse(payload) as Record<string, string>) : [];
  return [{ url: attempt.url, pairs, signed: attempt.signed }];
}
