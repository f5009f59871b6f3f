import { startChild } from './child-process.ts';
import { type Control, controlMethods } from './control.ts';
import type { Account, CreatedAccount } from './control-types.ts';
import { type Asked, ask } from './http-client.ts';
import { knownAccounts } from './known-accounts.ts';
import { type Credentials, readOptions, type ServedWorld, type StartOptions } from './options.ts';
import { canServeHere, startThread } from './own-thread.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { type Domains, sdkClient } from './sdk-client.ts';
import { TielineError } from './tieline-error.ts';

export type { Control, Moved } from './control.ts';
export type * from './control-types.ts';
export type * from './data-types.ts';
export type { Credentials, StartOptions } from './options.ts';
export type { Expectation, ReceivedRequest, Reply } from './received-request.ts';
export type { Patience, Receiver } from './receiver.ts';
export { TielineError } from './tieline-error.ts';
export type * from './world-types.ts';

/** A Tieline with a separate world, for one test or one file of tests. */
export interface Tieline {
  /** The address of the API, the console and the control API, without a trailing slash. */
  readonly url: string;
  /** The developer's SID and token, which the tested program uses. */
  readonly accountSid: string;
  readonly authToken: string;
  /** The owner of the Connect app. */
  readonly developer: Credentials;
  /** The customer that may authorise the app. It has a month of numbers, messages and calls. */
  readonly customer: Credentials;
  readonly connectApp: { readonly sid: string };
  /** The control API: time, arriving messages and calls, consent, usage, a fresh world. */
  readonly control: Control;
  /** The environment variables for the tested program. */
  readonly environment: () => {
    readonly TWILIO_ACCOUNT_SID: string;
    readonly TWILIO_AUTH_TOKEN: string;
    readonly TIELINE_URL: string;
  };
  /** A client of the official Node SDK with the credentials `as`, by default the developer's. */
  readonly client: <Client extends Domains>(
    twilio: (accountSid: string, authToken: string) => Client,
    as?: Credentials,
  ) => Client;
  /** Opens a web server for Tieline's requests on a free port. It ends with this Tieline. */
  readonly receiver: () => Promise<Receiver>;
  /** Ends this Tieline and its receivers. A second call does nothing. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Starts a Tieline with a separate world: a developer, a customer and a Connect app. It runs in a
 * thread of this process if this Node.js is new enough, and otherwise in a separate process. It
 * does not keep this process alive, and ends with it.
 * @throws TielineError with one sentence when an option, the data or the port cannot be used.
 */
export async function startTieline(options: StartOptions = {}): Promise<Tieline> {
  const settings = readOptions(options);
  const isElsewhere = options.ownProcess === true || options.node !== undefined;
  try {
    const served =
      isElsewhere || !canServeHere()
        ? await startChild(settings, options.node)
        : await startThread(settings);
    return tielineOf(served);
  } catch (error) {
    // Tieline's own errors name command-line flags, and tests use options instead.
    const { message } = error as Error;
    throw new TielineError(message.replace(/with --(\w+)/g, 'with the option $1'));
  }
}

function tielineOf(served: ServedWorld & { readonly close: () => Promise<void> }): Tieline {
  const { url, developer, customer, connectAppSid } = served;
  const accounts = knownAccounts(url, [developer, customer]);
  const receivers: Receiver[] = [];
  let closing: Promise<void> | null = null;
  const demandOpen = () => {
    if (closing) {
      throw new TielineError('This Tieline is closed. Start a new one with startTieline().');
    }
  };
  const control = controlMethods(async (method, path, input) => {
    demandOpen();
    const answer = await askControl(url, method, path, input);
    if (method === 'POST' && /^\/accounts(?:\/AC\w+\/upgrade)?$/.test(path)) {
      const { sid: accountSid, auth_token: authToken } = answer as Account | CreatedAccount;
      accounts.add({ accountSid, authToken });
    }
    return answer;
  });
  const close = () => {
    closing ??= Promise.all(receivers.map((receiver) => receiver.close())).then(() =>
      served.close(),
    );
    return closing;
  };
  return {
    url,
    ...developer,
    developer,
    customer,
    connectApp: { sid: connectAppSid },
    control,
    environment: () => ({
      TWILIO_ACCOUNT_SID: developer.accountSid,
      TWILIO_AUTH_TOKEN: developer.authToken,
      TIELINE_URL: url,
    }),
    client(twilio, as = developer) {
      demandOpen();
      return sdkClient(twilio, url, as);
    },
    async receiver() {
      demandOpen();
      const receiver = await openReceiver(accounts);
      receivers.push(receiver);
      return receiver;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One call of the control API. @throws TielineError with the status and sentence of a refusal. */
async function askControl(
  url: string,
  method: Asked['method'],
  path: string,
  input: object | undefined,
): Promise<unknown> {
  const { status, text } = await ask(url, {
    method,
    path: `/_tieline${path}`,
    ...(input && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    }),
  });
  if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
  throw new TielineError(sentenceOf(text) ?? `Tieline answered ${status}: ${text}`, status);
}

function sentenceOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly error?: string }).error;
  } catch {
    return undefined;
  }
}
