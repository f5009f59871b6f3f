import type twilio from 'twilio';
import type { Twilio } from 'twilio';
import type { DemoSettings } from './demo-settings.ts';

/** The official SDK, as `import('twilio')` gives it. */
export interface Sdk {
  readonly default: typeof twilio;
}

/** The outcome of one call: its result, or the platform's refusal. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | {
      readonly kind: 'refused';
      /** The status of the answer; null without an answer. */
      readonly status: number | null;
      readonly message: string;
      /** The header `Tieline-Reason`: the missing permission, and whether asking again helps. */
      readonly reason: string | null;
    };

/** The parts of a customer's account that this app may see. */
export interface Overview {
  readonly account: Outcome<{ readonly friendlyName: string; readonly status: string }>;
  readonly visible_accounts: Outcome<number>;
  readonly policies: Outcome<readonly { readonly sid: string; readonly friendlyName: string }[]>;
}

const CALL_MS = 10_000;
const MAX_SHOWN = 20;
/** The largest difference between a signed redirect's time and now. */
const REDIRECT_SECONDS = 300;

/** All calls of this app to the platform, through the official SDK. */
export class DemoPlatform {
  readonly #settings: DemoSettings;
  readonly #sdk: Sdk['default'];

  constructor(settings: DemoSettings, sdk: Sdk) {
    this.#settings = settings;
    this.#sdk = sdk.default;
  }

  /**
   * The core of Connect. The user name is the SID of the customer's account, and the password is
   * the *app owner's* auth token. The app never learns the customer's token.
   */
  #clientFor(account_sid: string): Twilio {
    const { auth_token, origin } = this.#settings;
    const client = this.#sdk(account_sid, auth_token, { timeout: CALL_MS });
    // The only lines that change when the app moves to another platform.
    client.api.baseUrl = origin;
    client.voice.baseUrl = origin;
    return client;
  }

  /** The permissions that the app requests. Its owner may change them at any time. */
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
    // With "Read all account data" the list has all accounts of the customer, otherwise only this
    // one.
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

  /** Whether the platform still lets this app into an account; null without a clear answer. */
  async stillLetsIn(account_sid: string): Promise<boolean | null> {
    const client = this.#clientFor(account_sid);
    const fetched = await attempt(client, () => client.api.v2010.accounts(account_sid).fetch());
    if (fetched.kind === 'done') return true;
    return fetched.status === 401 ? false : null;
  }

  /**
   * Whether the platform sent a request (`X-Twilio-Signature`). The platform signs the registered
   * address. Behind a proxy the received address differs, so the signed one is built from the
   * settings and never from the Host header.
   */
  isSigned(signature: string, path: string, form: Readonly<Record<string, string>>): boolean {
    const { auth_token, home } = this.#settings;
    return this.#sdk.validateRequest(auth_token, signature, home + path, form);
  }

  /**
   * Whether the platform made a redirect to the Authorize URL, for an app with signed redirects.
   * The parameter `Signature` is the last one and covers everything before it.
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

/** Runs one call. A refusal is returned and not thrown. */
async function attempt<T>(client: Twilio, call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await call() };
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    if (status === undefined) return { kind: 'refused', status: null, message, reason: null };
    // The SDK's error has no headers, but its HTTP client keeps those of the last answer.
    const headers = client.httpClient.lastResponse?.headers as Record<string, string> | undefined;
    return { kind: 'refused', status, message, reason: headers?.['tieline-reason'] ?? null };
  }
}
