import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { PortRange } from '../media/messages.ts';
import type { SecretReader } from '../secret.ts';
import { BadSyntax } from '../sip/scan.ts';
import type { ListenAt } from '../sip/transport.ts';
import { readSipUri } from '../sip/uri.ts';

const MAX_LISTEN = 3;
const MAX_PORT = 65_535;
const MAX_NETWORKS = 100;
const MAX_NAME = 253;
const MIN_TRY_MS = 500;
const MAX_TRY_MS = 32_000;
const MAX_CALLS = 10_000;

const LISTEN_RULE = 'must be a transport, an address and a port, such as "udp:127.0.0.1:5060"';
const PUBLIC_RULE = 'must be an address or a name that others reach, such as "203.0.113.5:5060"';
const PROXY_RULE = 'must be a sip: address such as "sip:10.0.0.5:5060"';
const NETWORK_RULE = 'must be a network such as "10.0.0.0/8"';
const ALLOW_RULE = 'must be an address or a network such as "203.0.113.0/24"';
const DOMAIN_RULE = 'must be a host name or an address';

const RTP_RULE = 'must be an address and a range of ports from 1024, such as "0.0.0.0:7000-9000"';
const LEAST_RTP_PORT = 1_024;

const RTP = /^(\[[0-9a-f:.]+\]|[\d.]+):(\d{1,5})-(\d{1,5})$/i;
const LISTEN = /^(udp|tcp|tls):(\[[0-9a-f:.]+\]|[\d.]+):(\d{1,5})$/i;
const PUBLIC = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i;

function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, rule).max(max, rule);
}

/** A text that is read, or refused by its rule. */
function read<T>(rule: string, reader: (text: string) => T | null) {
  return z.string({ error: rule }).transform((text, context): T => {
    const value = text.length <= MAX_NAME ? reader(text) : null;
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: rule, input: text });
    return z.NEVER;
  });
}

function readListen(text: string): ListenAt | null {
  const [, transport = '', host = '', port = ''] = LISTEN.exec(text) ?? [];
  const address = withoutBrackets(host);
  if (isIP(address) === 0 || Number(port) > MAX_PORT) return null;
  const known = transport.toLowerCase() as ListenAt['transport'];
  return { transport: known, host: address, port: Number(port) };
}

function readPublic(text: string): { host: string; port: number | null } | null {
  const [, host, port] = PUBLIC.exec(text) ?? [];
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > MAX_PORT) return null;
  return { host: withoutBrackets(host), port: port === undefined ? null : Number(port) };
}

function readRtp(text: string): PortRange | null {
  const [, written = '', from, to] = RTP.exec(text) ?? [];
  const [host, first, last] = [withoutBrackets(written), Number(from), Number(to)];
  const isRange = first >= LEAST_RTP_PORT && last > first && last <= MAX_PORT;
  return isIP(host) !== 0 && isRange ? { host, first, last } : null;
}

function readProxy(text: string): string | null {
  try {
    const { scheme, headers } = readSipUri(text);
    return scheme === 'sip' && headers === '' ? text : null;
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return null;
  }
}

/** An address is a network of its own. */
function readNetwork(text: string): string | null {
  if (isIP(text) !== 0 && !text.includes('%')) return `${text}/${isIP(text) === 6 ? 128 : 32}`;
  return ipaddr.isValidCIDR(text) ? text : null;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** The fields of a carrier of the kind `sip`: docs/guides/carriers.md, "The kind sip". */
export function sipSettings(secret: SecretReader) {
  return z.strictObject({
    listen: z
      .array(read(LISTEN_RULE, readListen), { error: `must be a list: each one ${LISTEN_RULE}` })
      .min(1, LISTEN_RULE)
      .max(MAX_LISTEN, 'must name each transport once')
      .refine(
        (all) => new Set(all.map(({ transport }) => transport)).size === all.length,
        'must name each transport once',
      ),
    public: read(PUBLIC_RULE, readPublic).optional(),
    domain: read(DOMAIN_RULE, (text) => (readPublic(text)?.port === null ? text : null)).optional(),
    proxy: read(PROXY_RULE, readProxy).optional(),
    rtp: read(RTP_RULE, readRtp).optional(),
    networks: z
      .array(
        read(NETWORK_RULE, (text) => (ipaddr.isValidCIDR(text) ? text : null)),
        {
          error: 'must be a list of networks',
        },
      )
      .max(MAX_NETWORKS, `must hold at most ${MAX_NETWORKS} networks`)
      .optional(),
    allow: z
      .array(read(ALLOW_RULE, readNetwork), { error: `must be a list: each one ${ALLOW_RULE}` })
      .max(MAX_NETWORKS, `must hold at most ${MAX_NETWORKS} networks`)
      .default([]),
    try_ms: whole(MIN_TRY_MS, MAX_TRY_MS).default(4_000),
    max_calls: whole(1, MAX_CALLS).default(500),
    tls_cert: secret().optional(),
    tls_key: secret().optional(),
    tls_ca: secret().optional(),
  });
}

export type SipSettings = z.output<ReturnType<typeof sipSettings>> & {
  readonly [field: string]: unknown;
};

/** The field that does not fit the others. */
export function checkSipSettings(settings: SipSettings): { field: string; rule: string } | null {
  const { listen, public: shown, tls_cert, tls_key } = settings;
  const isEvery = listen.some(({ host }) => ['unspecified'].includes(ipaddr.parse(host).range()));
  if (isEvery && !shown) {
    return { field: 'public', rule: 'must be given, because listen names every address' };
  }
  const isTls = listen.some(({ transport }) => transport === 'tls');
  if (isTls && !(tls_cert && tls_key)) {
    return { field: 'tls_cert', rule: 'and tls_key must be given, because listen names tls' };
  }
  return null;
}
