import { TielineError } from './tieline-error.ts';

/** The SID and the auth token of an account. */
export interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
}

export interface StartOptions {
  /** The port on 127.0.0.1. The default 0 chooses a free port. */
  readonly port?: number;
  /** The place of the data: `:memory:` (the default), a folder, or `postgres://…`. */
  readonly data?: string;
  /** The level of Tieline's log. The default is `error`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The developer's credentials in a new world, for a program that has them in its code. */
  readonly developer?: Credentials;
  /** Runs Tieline in a separate process even if a thread of this process would be possible. */
  readonly ownProcess?: boolean;
  /** The path of the Node.js for the separate process. */
  readonly node?: string;
}

/** The settings of a world, in a form that can be sent to another process. */
export interface Settings {
  readonly port: number;
  readonly data: string;
  readonly logLevel: string;
  readonly developer: Credentials | null;
}

/** The address and the accounts of a served world. */
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
 * Checks the options of a test. Tests in JavaScript have no compiler to check them.
 * @throws TielineError naming the option and its rule.
 */
export function readOptions(options: StartOptions): Settings {
  const odd = Object.keys(options).find((name) => !NAMES.includes(name));
  if (odd !== undefined) refuse(odd, `is not an option. The options are ${NAMES.join(', ')}`);
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
      refuse('developer.authToken', 'must be 1 to 64 printable ASCII characters');
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
