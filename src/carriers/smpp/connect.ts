import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { CarrierOutside } from '../carrier-kind.ts';
import type { SmppCarrierSettings } from './smpp-settings.ts';

/** The time for the connection to one address, with TLS where it is asked for. */
const CONNECT_MS = 5_000;
/** The most addresses of a name that are tried. */
const MAX_ADDRESSES = 4;

/**
 * Connects to the first address of the centre that answers.
 * @throws Error when none does
 */
export async function connectTo(
  { host, port, tls, tls_ca: ca }: SmppCarrierSettings,
  { resolve }: Pick<CarrierOutside, 'resolve'>,
): Promise<Duplex> {
  const addresses = isIP(host) ? [host] : await resolve(host);
  let problem: unknown = new Error(`${host} has no address`);
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    const servername = isIP(host) ? '' : host;
    const check = { servername, ...(ca !== undefined && { ca }) };
    const [socket, event] = tls
      ? ([connectTls({ host: address, port, ...check }), 'secureConnect'] as const)
      : ([connectTcp({ host: address, port }), 'connect'] as const);
    try {
      return await opened(socket, event);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

function opened(socket: Socket, event: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const tooLate = () => socket.destroy(new Error(`no answer within ${CONNECT_MS / 1_000} s`));
  const timer = setTimeout(tooLate, CONNECT_MS);
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the connection was closed')));
  socket.once(event, () => {
    clearTimeout(timer);
    socket.off('error', reject);
    // The session listens later. An error until then ends in `close`.
    socket.on('error', () => {});
    socket.setNoDelay(true);
    resolve(socket);
  });
  return promise.finally(() => clearTimeout(timer));
}
