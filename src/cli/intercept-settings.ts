import { homedir } from 'node:os';
import { ConfigError, type Options, readConfig } from '../config.ts';
import { authorityFolder } from '../intercept/authority-folder.ts';
import type { InterceptSettings } from '../intercept/start-intercepting.ts';
import { withoutNpx } from '../intercept/without-npx.ts';
import type { InterceptOptions } from './intercept-options.ts';

const MAX_PORT = 65_535;

/**
 * The settings of `run` and `proxy`. Variables such as `PORT` and `DATABASE_URL` in this
 * environment belong to the program, so Tieline ignores them here.
 * @throws ConfigError that names the option or variable and its allowed values
 */
export function interceptSettings(options: InterceptOptions): InterceptSettings {
  const { proxyPort = '0', port = '0', data = ':memory:', offline = false } = options;
  if (!/^\d{1,5}$/.test(proxyPort) || Number(proxyPort) > MAX_PORT) {
    throw new ConfigError(`--proxy-port takes a number from 0 to ${MAX_PORT}, not "${proxyPort}".`);
  }
  const logLevel = options.logLevel ?? process.env['TIELINE_LOG_LEVEL'] ?? 'error';
  const { allowHost } = options;
  const served: Options = { port, data, logLevel, host: '127.0.0.1', allowHost };
  return {
    config: readConfig(served, { ...process.env, TIELINE_PUBLIC_URL: undefined }),
    proxy_port: Number(proxyPort),
    offline,
    isolate: false,
    ca_folder: authorityFolder(process.env, homeOfUser(), process.platform),
    now: () => Math.round(performance.timeOrigin + performance.now()),
    env: withoutNpx(process.env),
    notice: (sentence) => console.error(`tieline: ${sentence}`),
  };
}

/** The user's home folder; null for a user that the system does not know, as in a container. */
function homeOfUser(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}
