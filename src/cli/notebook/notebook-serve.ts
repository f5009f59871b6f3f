import { readConfig } from '../../config.ts';
import { revealAccount } from '../../control/first-world.ts';
import { start } from '../../main.ts';

/** A Tieline for one run, with the developer account of its example world. */
export interface ServedRun extends AsyncDisposable {
  readonly base_url: string;
  readonly account_sid: string;
  readonly auth_token: string;
}

/**
 * Starts a Tieline in this process, with data in memory, on a free port of loopback. It reads no
 * settings from the environment, so that a run is the same on every machine.
 */
export async function serveForRun(): Promise<ServedRun> {
  const options = { data: ':memory:', port: '0', logLevel: 'error' };
  const server = await start(readConfig(options, {}));
  const { world, app, origin } = server;
  const developer = world && (await revealAccount(app, world.developer_account_sid));
  if (!developer) {
    await server.close();
    throw new Error('the Tieline of --serve began without its example accounts');
  }
  return {
    base_url: origin,
    account_sid: developer.sid,
    auth_token: developer.auth_token,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
