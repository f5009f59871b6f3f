import { diagnose } from '../webhooks/doctor/diagnose.ts';
import { MISTAKES } from '../webhooks/doctor/mistakes.ts';
import { ask } from './http-client.ts';
import type { Credentials } from './options.ts';
import { isSignedWith, type Signed } from './signature-check.ts';

/** Finds the account whose token signed a request about an account; null when there is none. */
type FindSigner = (request: Signed, accountSid: string | null) => Promise<string | null>;

/** The accounts whose tokens the kit knows or can request. */
export interface KnownAccounts {
  readonly add: (account: Credentials) => void;
  readonly signerOf: FindSigner;
  /** Why no known token fits a request, in a sentence; null when no usual mistake explains it. */
  readonly doubtOf: (request: Signed) => string | null;
}

/** @param url the address of Tieline */
export function knownAccounts(url: string, known: readonly Credentials[]): KnownAccounts {
  const tokens = new Map(known.map(({ accountSid, authToken }) => [accountSid, authToken]));

  /** Learns a subaccount's token from its main account, which can read it. */
  const learn = async (sid: string): Promise<void> => {
    const path = `/2010-04-01/Accounts/${encodeURIComponent(sid)}.json`;
    for (const [username, password] of tokens) {
      const basic = Buffer.from(`${username}:${password}`).toString('base64');
      const headers = { authorization: `Basic ${basic}` };
      const { status, text } = await ask(url, { method: 'GET', path, headers });
      if (status !== 200) continue;
      const { auth_token } = JSON.parse(text) as { readonly auth_token: string | null };
      if (auth_token === null) continue;
      tokens.set(sid, auth_token);
      return;
    }
  };

  return {
    add({ accountSid, authToken }) {
      tokens.set(accountSid, authToken);
    },
    async signerOf(request, accountSid) {
      const find = () => [...tokens].find(([, token]) => isSignedWith(token, request))?.[0];
      const signer = find();
      if (signer !== undefined || accountSid === null || tokens.has(accountSid)) {
        return signer ?? null;
      }
      // Without an answer the signature cannot be checked and counts as wrong.
      await learn(accountSid).catch(() => {});
      return find() ?? null;
    },
    doubtOf(request) {
      const { url, body, signature } = request;
      const is_json = /^application\/json/i.test(request.contentType);
      const pairs = is_json ? [] : [...new URLSearchParams(body)];
      const given = { url, pairs, body, is_json, signature, computed: null, forwarded_host: null };
      const keys = [...tokens].map(([sid, token]) => ({ name: sid, token, is_usual: true }));
      const { mistakes } = diagnose(given, keys);
      return mistakes.length === 0 ? null : mistakes.map((one) => MISTAKES[one].says).join('; ');
    },
  };
}
