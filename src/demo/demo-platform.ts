import type twilio from 'twilio';
import type { Twilio } from 'twilio';
import type { DemoSettings } from './demo-settings.ts';

/** The official SDK, as `import('twilio')` gives it. */
export interface Sdk {
  readonly default: typeof twilio;
}

/** What came of one call: what was asked for, or why the platform refused. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | {
      readonly kind: 'refused';
      /** Null when there was no answer at all. */
      readonly status: number | null;
      readonly message: string;
      /** Header `Tieline-Reason`: which permission is missing, and whether asking again helps. */
      readonly reason: string | null;
    };

/** A customer's account, as far as this app may see it. */
export interface Overview {
  readonly account: Outcome<{ readonly friendlyName: string; readonly status: string }>;
  readonly visible_accounts: Outcome<number>;
  readonly policies: Outcome<readonly { readonly sid: string; readonly friendlyName: string }[]>;
}

const CALL_MS = 10_000;
const MAX_SHOWN = 20;
/** How far the time of a signed redirect may lie off. */
const REDIRECT_SECONDS = 300;

/** Everything that this app asks the platform, by way of the official SDK. */
export class DemoPlatform {
  readonly #settings: DemoSettings;
  readonly #sdk: Sdk['default'];

  constructor(settings: DemoSettings, sdk: Sdk) {
    this.#settings = settings;
    this.#sdk = sdk.default;
  }

  /**
   * The heart of Connect: the user name is the SID of the account that the customer gave, the
   * password is the *app owner's own* auth token. The customer's token is never known here.
   */
  #clientFor(account_sid: string): Twilio {
    const { auth_token, origin } = this.#settings;
    const client = this.#sdk(account_sid, auth_token, { timeout: CALL_MS });
    // The only lines that change when the app moves to another platform.
    client.api.baseUrl = origin;
    client.voice.baseUrl = origin;
    return client;
  }

  /** What the app asks every customer for; its owner may change that at any time. */
  askedPermissions(): Promise<Outcome<readonly string[]>> {
    const { account_sid, connect_app_sid } = this.#settings;
    const owner = this.#clientFor(account_sid);
    return attempt(
      owner,
      async () => (await owner.connectApps(connect_app_sid).fetch()).permissions,
    );
  }

  async overview(account_sid: string): Promise<Overview> {
    const client = this.#clientFor(account_sid);
    const account = await attempt(client, () => client.api.v2010.accounts(account_sid).fetch());
    // With "Read all account data" these are all accounts of the customer, else the own one alone.
    const visible_accounts = await attempt(client, async () => {
      const accounts = await client.api.v2010.accounts.list({ limit: MAX_SHOWN });
      return accounts.length;
    });
    const policies = await attempt(client, () =>
      client.voice.v1.connectionPolicies.list({ limit: MAX_SHOWN }),
    );
    return { account, visible_accounts, policies };
  }

  makePolicy(account_sid: string, friendlyName: string): Promise<Outcome<{ sid: string }>> {
    const client = this.#clientFor(account_sid);
    return attempt(client, () => client.voice.v1.connectionPolicies.create({ friendlyName }));
  }

  /** Whether the platform still lets this app into an account; null: it did not say. */
  async stillLetsIn(account_sid: string): Promise<boolean | null> {
    const client = this.#clientFor(account_sid);
    const fetched = await attempt(client, () => client.api.v2010.accounts(account_sid).fetch());
    if (fetched.kind === 'done') return true;
    return fetched.status === 401 ? false : null;
  }

  /**
   * Whether the platform sent a request (`X-Twilio-Signature`). It signs the address as it was
   * registered, which behind a proxy is not the one that arrives: so it is put together from the
   * settings, never from the Host header.
   */
  isSigned(signature: string, path: string, form: Readonly<Record<string, string>>): boolean {
    const { auth_token, home } = this.#settings;
    return this.#sdk.validateRequest(auth_token, signature, home + path, form);
  }

  /**
   * Whether a redirect to the Authorize URL was made by the platform, for an app that asked for
   * signed redirects. `Signature` comes last and covers everything before it.
   */
  isSignedRedirect(search: string, isNew: (nonce: string) => boolean): boolean {
    const [, signed = '', signature = ''] = /^(.*)&Signature=([^&]*)$/s.exec(search) ?? [];
    const given = new URLSearchParams(`Signature=${signature}`).get('Signature') ?? '';
    const query = new URLSearchParams(signed);
    const age = this.#settings.now() / 1000 - Number(query.get('Timestamp') ?? Number.NaN);
    return (
      this.isSigned(given, `/authorize${signed}`, {}) &&
      Math.abs(age) <= REDIRECT_SECONDS &&
      isNew(query.get('Nonce') ?? '')
    );
  }
}

/** Runs one call; a refusal is an answer like any other. */
async function attempt<T>(client: Twilio, call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await call() };
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    if (status === undefined) return { kind: 'refused', status: null, message, reason: null };
    // The SDK's error leaves the headers out; its HTTP client keeps them of the last answer.
    const headers = client.httpClient.lastResponse?.headers as Record<string, string> | undefined;
    return { kind: 'refused', status, message, reason: headers?.['tieline-reason'] ?? null };
  }
}
