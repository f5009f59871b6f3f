import { isIP } from 'node:net';
import { ConfigError } from '../config-error.ts';

/** Reads addresses or networks in CIDR notation, separated by commas. */
export function readNetworks(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const text = env[name];
  if (text === undefined || text === '') return [];
  const proxies = text.split(',').map((part) => part.trim());
  const isNetwork = (proxy: string) => {
    const [address = '', bits, ...more] = proxy.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return family !== 0 && fits && more.length === 0;
  };
  if (!proxies.every(isNetwork)) {
    throw new ConfigError(
      `${name} must be addresses or networks such as 10.0.0.0/8, separated by commas.`,
    );
  }
  return proxies;
}
