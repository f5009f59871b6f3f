import { readConfig } from '../config.ts';
import { revealAccount } from '../control/first-world.ts';
import { start } from '../main.ts';
import type { Credentials, ServedWorld, Settings } from './options.ts';

/** A world served in this thread. */
export interface WorldHere extends ServedWorld {
  readonly close: () => Promise<void>;
}

/**
 * Starts Tieline in this thread, on loopback, in development mode. Environment variables do not
 * affect it, so that a test works the same on every machine.
 * @throws ConfigError when the data or the port cannot be used
 * @throws Error when the data has accounts, but not those of a first start
 */
export async function serveWorld(settings: Settings): Promise<WorldHere> {
  const { port, data, logLevel, developer } = settings;
  const env = developer && {
    TWILIO_ACCOUNT_SID: developer.accountSid,
    TWILIO_AUTH_TOKEN: developer.authToken,
  };
  const config = readConfig({ port: String(port), data, logLevel }, env ?? {});
  const running = await start(config);
  const { app, origin, world } = running;
  try {
    if (!world) throw new Error('The data already has accounts, but not those of a first start.');
    const reveal = async (sid: string): Promise<Credentials> => {
      const account = await revealAccount(app, sid);
      if (!account)
        throw new Error(`The account ${sid} of the first start is missing in the data.`);
      return { accountSid: account.sid, authToken: account.auth_token };
    };
    return {
      // Not every Node.js resolves localhost to 127.0.0.1.
      url: origin.replace('//localhost:', '//127.0.0.1:'),
      developer: await reveal(world.developer_account_sid),
      customer: await reveal(world.customer_account_sid),
      connectAppSid: world.connect_app_sid,
      close: () => running.close(),
    };
  } catch (error) {
    await running.close();
    throw error;
  }
}
