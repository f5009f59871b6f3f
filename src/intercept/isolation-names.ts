import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE } from 'dns-packet';

const RESOLVER_SETTINGS = '/etc/resolv.conf';
/** The resolver of a system whose settings name no server (resolv.conf(5)). */
const OWN_RESOLVER = '127.0.0.1';
/** An address for documentation (RFC 5737), which no host has. */
const EVERY_HOST = '192.0.2.1';

/** The name servers of this system that have an IPv4 address. */
export function readNameservers(file = RESOLVER_SETTINGS): string[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A system without the file asks its own resolver.
  }
  const named = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
  const addresses = [...new Set(named)].filter((address) => isIPv4(address));
  return addresses.length > 0 ? addresses : [OWN_RESOLVER];
}

/**
 * Answers each question for a name's address with the same address. A connection to it then names
 * its host in its TLS or in its `Host` header. Other records do not exist.
 */
export function answerNames(socket: Socket): void {
  socket.on('error', () => {});
  socket.on('message', (packet, { address, port }) => {
    try {
      const { id, questions = [] } = decode(packet);
      const answers = questions
        .filter(({ type }) => type === 'A')
        .map(({ name }) => ({ type: 'A' as const, name, ttl: 0, data: EVERY_HOST }));
      const flags = RECURSION_AVAILABLE | AUTHORITATIVE_ANSWER;
      const answer = encode({ type: 'response', id: id ?? 0, flags, questions, answers });
      socket.send(answer, port, address);
    } catch {
      // A packet that is not a question gets no answer.
    }
  });
}
