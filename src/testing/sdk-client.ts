import type { Credentials } from './options.ts';

/** The part of an official Node SDK client that the kit changes: the addresses of its domains. */
export interface Domains {
  readonly api: { baseUrl: string };
  readonly voice: { baseUrl: string };
}

/** Makes a client of the user's own SDK, with `api` and `voice` directed to Tieline. */
export function sdkClient<Client extends Domains>(
  twilio: (accountSid: string, authToken: string) => Client,
  url: string,
  { accountSid, authToken }: Credentials,
): Client {
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = url;
  client.voice.baseUrl = url;
  return client;
}
