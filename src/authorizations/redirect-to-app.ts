import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { Act } from '../audit/act.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { signUrl } from '../webhooks/signature.ts';
import { redirectUrl } from './redirect-url.ts';

const NONCE_BYTES = 16;

/**
 * The address for the customer's browser after an authorisation: the app's Authorize URL with the
 * subaccount's SID and the `state` from the app's button. Null for an app without an Authorize URL.
 *
 * Anybody who knows a subaccount's SID can open the Authorize URL with it (docs/threats.md, T13).
 * An app may therefore ask for a signature. The address then also has `Timestamp` (seconds),
 * `Nonce` and, at the end, `Signature`: docs/contract/connect.md, "Signed redirects".
 */
export async function redirectAuthorized(
  { app, tx, now }: Act,
  connectApp: ConnectApp,
  answer: {
    readonly subaccount_sid: string;
    readonly state: string | null;
    /** The query that the link adds to the URL's own. */
    readonly extra_query?: string | null;
  },
): Promise<string | null> {
  const { authorize_redirect_url, account_sid, signed_redirect } = connectApp;
  if (authorize_redirect_url === null) return null;
  const { subaccount_sid, state, extra_query = null } = answer;
  const parameters = { AccountSid: subaccount_sid, ...(state !== null && { state }) };
  if (!signed_redirect) {
    return redirectUrl(authorize_redirect_url, parameters, { extra_query });
  }
  const stamped = {
    ...parameters,
    Timestamp: String(Math.floor(now / 1000)),
    Nonce: app.randomBytes(NONCE_BYTES).toString('base64url'),
  };
  const unsigned = redirectUrl(authorize_redirect_url, stamped, { extra_query });
  const { signature } = signUrl(await openPrimaryToken(app, tx, account_sid), unsigned);
  return redirectUrl(unsigned, { Signature: signature }, { reserved: 'keep' });
}

/** The address for the customer's browser after a refusal. Its one added parameter is `error`. */
export function redirectDenied(
  { authorize_redirect_url }: ConnectApp,
  extra_query: string | null = null,
): string | null {
  return authorize_redirect_url && redirectUrl(authorize_redirect_url, DENIED, { extra_query });
}

const DENIED = { error: 'unauthorized_client' };
