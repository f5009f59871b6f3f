import type { Credentials } from './options.ts';

/** As much of a client of the official Node SDK as is changed: where its domains are. */
export interface Domains {
  readonly api: { baseUrl: string };
  readonly voice: { baseUrl: string };
}

/** Makes a client of the user's own SDK whose `api` and `voice` go to Tieline. */
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
