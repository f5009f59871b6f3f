import { isIP } from 'node:net';
import type { App } from '../app.ts';
import { LookupError } from '../kit/resolve.ts';
import {
  hostOf,
  isAllowedAddress,
  noPublicAddress,
  portOf,
  type ReceiverPolicy,
  refuseAddress,
  refuseUrl,
} from './addresses.ts';
import type { FailureCause } from './failure.ts';
import type { Clock } from './request-clock.ts';

type Outside = Pick<App, 'resolve'> & { readonly config: ReceiverPolicy };

/** The target of a request. Its name was looked up once, and all its addresses were checked. */
export interface Receiver {
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** A request that must not be made, with a sentence for the developer. */
export class RefusedError extends Error {
  readonly cause_of_failure: FailureCause | null;

  constructor(message: string, cause: FailureCause | null = null) {
    super(message);
    this.cause_of_failure = cause;
  }
}

/** @throws RefusedError if anything about the URL or about any of its addresses is forbidden. */
export async function judge(app: Outside, url: URL, clock: Clock): Promise<Receiver> {
  const refused = refuseUrl(app.config, url);
  if (refused !== null) throw new RefusedError(refused);
  const host = hostOf(url);
  const port = portOf(url);
  if (isIP(host) !== 0) {
    demandAllowed(app.config, { host, port }, host);
    return { url, host, port, addresses: [host] };
  }
  const addresses = await lookUp(app, host, clock);
  const isAllowed = (address: string) => isAllowedAddress(app.config, address);
  if (app.config.mode === 'production' && !addresses.every(isAllowed)) {
    throw new RefusedError(noPublicAddress(app.config, host), 'bad-name');
  }
  for (const address of addresses) demandAllowed(app.config, { host, port }, address);
  return { url, host, port, addresses };
}

/** The addresses of a name, at least one. In production a missing name fails as an internal one. */
async function lookUp(app: Outside, host: string, clock: Clock): Promise<string[]> {
  const isProduction = app.config.mode === 'production';
  try {
    const addresses = await within(clock.signal, app.resolve(host));
    if (addresses.length > 0) return addresses;
    throw new LookupError(`The name ${host} has no address.`, { is_definite: true });
  } catch (error) {
    const isMissing = error instanceof LookupError && error.is_definite;
    if (!isProduction || !isMissing) throw error;
    throw new RefusedError(noPublicAddress(app.config, host), 'bad-name');
  }
}

export function demandAllowed(
  policy: ReceiverPolicy,
  receiver: Pick<Receiver, 'host' | 'port'>,
  address: string,
): void {
  const refused = refuseAddress(policy, receiver, address);
  if (refused !== null) throw new RefusedError(refused);
}

/** The result of a promise, or the signal's reason if it aborts first. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
