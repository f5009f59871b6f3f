import { TielineError } from './tieline-error.ts';

/** An account's own credentials. */
export interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
}

export interface StartOptions {
  /** The port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** Where the data is: `:memory:`, the default, a folder, or `postgres://…`. */
  readonly data?: string;
  /** What Tieline says about itself: `error`, the default, or any other level of its log. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The developer's credentials in a new world, where a program has them written down. */
  readonly developer?: Credentials;
  /** Runs Tieline in a process of its own where a thread of this one would do. */
  readonly ownProcess?: boolean;
  /** The Node.js of that process, as a path. */
  readonly node?: string;
}

/** What a world is made of, in a form that can be sent to another process. */
export interface Settings {
  readonly port: number;
  readonly data: string;
  readonly logLevel: string;
  readonly developer: Credentials | null;
}

/** A world as it is served. */
export interface ServedWorld {
  readonly url: string;
  readonly developer: Credentials;
  readonly customer: Credentials;
  readonly connectAppSid: string;
}

const NAMES: readonly string[] = ['port', 'data', 'logLevel', 'developer', 'ownProcess', 'node'];
const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];
const MAX_PORT = 65_535;

/**
 * Checks what a test asks for; tests written in JavaScript have no compiler that would.
 * @throws TielineError naming the option and what it takes.
 */
export function readOptions(options: StartOptions): Settings {
  const odd = Object.keys(options).find((name) => !NAMES.includes(name));
  if (odd !== undefined) refuse(odd, `is not an option; there are ${NAMES.join(', ')}`);
  const { port = 0, data = ':memory:', logLevel = 'error', developer = null, node } = options;
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    refuse('port', `must be a whole number from 0 to ${MAX_PORT}`);
  }
  if (typeof data !== 'string' || data === '') {
    refuse('data', 'must be :memory:, a folder, or postgres://…');
  }
  if (!LOG_LEVELS.includes(logLevel)) {
    refuse('logLevel', `must be one of ${LOG_LEVELS.join(', ')}`);
  }
  if (developer !== null) {
    if (!/^AC[0-9a-fA-F]{32}$/.test(developer.accountSid)) {
      refuse('developer.accountSid', 'must be AC and 32 hexadecimal digits');
    }
    if (!/^[\x20-\x7e]{1,64}$/.test(developer.authToken)) {
      refuse('developer.authToken', 'must be 1 to 64 printable characters of ASCII');
    }
  }
  if (node !== undefined && (typeof node !== 'string' || node === '')) {
    refuse('node', 'must be the path of a Node.js');
  }
  return { port, data, logLevel, developer };
}

function refuse(name: string, rule: string): never {
  throw new TielineError(`startTieline: ${name} ${rule}.`);
}
