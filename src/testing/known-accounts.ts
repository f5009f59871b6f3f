import { ask } from './http-client.ts';
import type { Credentials } from './options.ts';
import type { FindSigner } from './receiver.ts';
import { isSignedWith } from './signature-check.ts';

/** The accounts whose tokens the kit knows, and the subaccounts that it can ask for theirs. */
export interface KnownAccounts {
  readonly add: (account: Credentials) => void;
  readonly signerOf: FindSigner;
}

/** @param urlOf where Tieline is */
export function knownAccounts(url: string, known: readonly Credentials[]): KnownAccounts {
  const tokens = new Map(known.map(({ accountSid, authToken }) => [accountSid, authToken]));

  /** A subaccount's own token, which each main account is told of those below it. */
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
      // What cannot be asked leaves a signature that nobody can check.
      await learn(accountSid).catch(() => {});
      return find() ?? null;
    },
  };
}
