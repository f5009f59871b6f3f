import { ask } from './http-client.ts';
import type { Credentials } from './options.ts';
import type { FindSigner } from './receiver.ts';
import { isSignedWith } from './signature-check.ts';

/** The accounts whose tokens the kit knows or can request. */
export interface KnownAccounts {
  readonly add: (account: Credentials) => void;
  readonly signerOf: FindSigner;
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
  };
}
