import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isLoopbackAddress } from '../../kit/loopback.ts';
import { LookupError } from '../../kit/resolve.ts';
import { isInNetworks, isPublicAddress } from '../../webhooks/addresses.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import { orderTargets } from '../order-targets.ts';
import type { Hop, SipTransport } from '../sip/outside.ts';
import { BadSyntax } from '../sip/scan.ts';
import { readSipUri, type SipUri } from '../sip/uri.ts';
import { drawBy } from './draw.ts';

/** The most hosts of one address that are tried. */
const MAX_HOPS = 4;
const PORTS: Readonly<Record<SipTransport, number>> = { udp: 5060, tcp: 5060, tls: 5061 };
/** The networks of RFC 1918 and RFC 4193, by the words of the library. */
const PRIVATE: ReadonlySet<string> = new Set(['private', 'uniqueLocal']);

/** The reason why an address leads nowhere, as a sentence. */
export class NoWay extends Error {}

/** The services of NAPTR records, and their transports (RFC 3263 §4.1). */
const SERVICES: Readonly<Record<string, SipTransport>> = {
  'sip+d2u': 'udp',
  'sip+d2t': 'tcp',
  'sips+d2t': 'tls',
};

type Outside = Pick<
  CarrierOutside,
  'resolve' | 'resolveService' | 'resolveWays' | 'randomBytes' | 'mode'
>;

/** A transport, and the name of its SRV records. */
interface Service {
  readonly transport: SipTransport;
  readonly name: string;
}

interface Settings {
  readonly listen: readonly { readonly transport: SipTransport }[];
  /** The networks that calls may go to; absent: those that the mode allows. */
  readonly networks?: readonly string[] | undefined;
  /** The networks that calls may come from, beside the targets of trunks. */
  readonly allow?: readonly string[] | undefined;
}

/** Whose address it is: the operator's may lead anywhere. */
interface Asked {
  readonly by: 'operator' | 'customer';
}

/** Finds the hosts of addresses (RFC 3263), and refuses those that calls must not go to. */
export class Locator {
  readonly #settings: Settings;
  readonly #outside: Outside;

  constructor(settings: Settings, outside: Outside) {
    this.#settings = settings;
    this.#outside = outside;
  }

  /**
   * The hops of an address, in the order of trying.
   * @throws NoWay when there is none that is allowed
   */
  async locate(text: string, { by }: Asked): Promise<Hop[]> {
    const uri = read(text);
    const { transport, name: service } = await this.#serviceOf(uri);
    const hosts = await this.#hostsOf(uri, { transport, name: service });
    const hops: Hop[] = [];
    for (const { name, port } of hosts) {
      for (const address of await this.#addressesOf(name)) {
        if (by === 'customer' && !this.mayCall(address)) continue;
        hops.push({ transport, address, port, server_name: uri.host });
      }
    }
    if (hops.length > 0) return hops.slice(0, MAX_HOPS);
    throw new NoWay(`${uri.host} leads to no address that calls may go to`);
  }

  /** The first hop of an address within a call; null when it leads nowhere that is allowed. */
  async hopOf(text: string): Promise<Hop | null> {
    const [hop = null] = await this.#hopsOf(text);
    return hop;
  }

  #transportOf({ parameters }: SipUri): SipTransport {
    const wanted = parameters.get('transport')?.toLowerCase() ?? '';
    if (wanted === 'udp' || wanted === 'tcp' || wanted === 'tls') return wanted;
    if (wanted !== '') throw new NoWay(`The transport ${wanted} is not known`);
    const opened = this.#settings.listen.map(({ transport }) => transport);
    return opened.includes('udp') ? 'udp' : (opened[0] ?? 'udp');
  }

  /** The service of an address. NAPTR records choose it if the address names no transport. */
  async #serviceOf(uri: SipUri): Promise<Service> {
    const { host, parameters } = uri;
    if (!standsForItself(uri) && !parameters.has('transport')) {
      const opened = new Set(this.#settings.listen.map(({ transport }) => transport));
      // A name server that knows no such records may answer with an error.
      const ways = await this.#outside.resolveWays(host).catch(noneOf);
      const ordered = ways.toSorted((a, b) => a.order - b.order || a.preference - b.preference);
      for (const { flags, service, replacement: name } of ordered) {
        const transport = SERVICES[service.toLowerCase()];
        if (flags.toLowerCase() === 's' && transport && opened.has(transport)) {
          return { transport, name };
        }
      }
    }
    const transport = this.#transportOf(uri);
    const prefix = transport === 'tls' ? '_sips._tcp' : `_sip._${transport}`;
    return { transport, name: `${prefix}.${host}` };
  }

  /** An address and a name with a port stand for themselves; other names may have SRV records. */
  async #hostsOf(uri: SipUri, { transport, name }: Service) {
    const itself = { name: uri.host, port: uri.port ?? PORTS[transport] };
    if (standsForItself(uri)) return [itself];
    const records = await told(this.#outside.resolveService(name));
    const draw = drawBy(this.#outside.randomBytes);
    const ordered = orderTargets(records, { draw, isDown: () => false });
    return ordered.length === 0 ? [itself] : ordered.slice(0, MAX_HOPS);
  }

  async #addressesOf(name: string): Promise<string[]> {
    return isIP(name) === 0 ? told(this.#outside.resolve(name)) : [name];
  }

  /** Whether calls may come from an address: the operator allows it, or a target leads there. */
  async mayCome(source: string, targets: readonly string[]): Promise<boolean> {
    if (isInNetworks(this.#settings.allow ?? [], source)) return true;
    const here = plainAddress(source);
    for (const target of targets) {
      const hops = await this.#hopsOf(target);
      if (hops.some(({ address }) => plainAddress(address) === here)) return true;
    }
    return false;
  }

  async #hopsOf(target: string): Promise<readonly Hop[]> {
    try {
      return await this.locate(target, { by: 'customer' });
    } catch (error) {
      if (error instanceof NoWay) return [];
      throw error;
    }
  }

  /** Whether calls and their sound may go to an address that a customer or a far side names. */
  mayCall(address: string): boolean {
    const { networks } = this.#settings;
    if (isIP(address) === 0 || address.includes('%')) return false;
    if (networks) return isInNetworks(networks, address);
    if (this.#outside.mode === 'production') return isPublicAddress(address);
    return isLoopbackAddress(address) || PRIVATE.has(ipaddr.process(address).range());
  }
}

function noneOf(error: unknown): never[] {
  if (error instanceof LookupError) return [];
  throw error;
}

/** An address in one form: an IPv4 address may be written as IPv6. */
function plainAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

function standsForItself({ host, port }: SipUri): boolean {
  return isIP(host) !== 0 || port !== null;
}

function read(text: string): SipUri {
  try {
    const uri = readSipUri(text);
    if (uri.scheme === 'sip') return uri;
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
  }
  throw new NoWay(`${text} is no sip: address`);
}

async function told<T>(lookup: Promise<T>): Promise<T> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof LookupError) throw new NoWay(error.message.replace(/\.$/, ''));
    throw error;
  }
}
