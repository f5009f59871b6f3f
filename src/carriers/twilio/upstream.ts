import { type CallOut, callOut, type Reply } from '../call-out.ts';

export interface TwilioSettings {
  /** The address of the API, without a closing slash. */
  readonly base: string;
  readonly account_sid: string;
  /** It proves the upstream's requests, and authenticates ours unless there is an API key. */
  readonly auth_token: string;
  readonly api_key?: { readonly sid: string; readonly secret: string } | undefined;
  readonly [field: string]: unknown;
}

export function authorizationOf({ account_sid, auth_token, api_key }: TwilioSettings): string {
  const [name, password] = api_key ? [api_key.sid, api_key.secret] : [account_sid, auth_token];
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** Calls a resource of the upstream's account. */
export function callUpstream(
  settings: TwilioSettings,
  path: string,
  { headers, ...options }: Partial<Pick<CallOut, 'body' | 'headers' | 'max_bytes'>> = {},
): Promise<Reply> {
  const { base, account_sid } = settings;
  return callOut({
    url: `${base}/2010-04-01/Accounts/${account_sid}${path}`,
    method: options.body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: authorizationOf(settings),
      accept: 'application/json',
      ...(options.body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...options,
  });
}
