import { createHash } from 'node:crypto';
import type { UrlCredentials } from './webhook-url.ts';

/** The request to authorise, and a text that was never used before. */
export interface Challenged {
  readonly method: string;
  /** Path and query, as they are requested. */
  readonly path: string;
  readonly cnonce: string;
}

interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The length that is read of a header. A challenge has a few hundred characters. */
const CHALLENGE_MAX_LENGTH = 2_048;

/** The supported algorithms of RFC 7616, the stronger first. */
const ALGORITHMS = [
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
] as const;

/**
 * The `Authorization` that answers a `WWW-Authenticate`: Digest with SHA-256 or MD5 (RFC 7616,
 * `qop=auth` or none), else Basic, else null.
 */
export function answerChallenge(
  header: string | undefined,
  credentials: UrlCredentials,
  challenged: Challenged,
): string | null {
  const challenges = readChallenges(header ?? '');
  for (const [algorithm, hash] of ALGORITHMS) {
    const digest = challenges.find((one) => isDigest(one, algorithm));
    if (digest) return answerDigest(digest.parameters, credentials, challenged, hash);
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return null;
  const pair = `${credentials.username}:${credentials.password}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function isDigest({ scheme, parameters }: Challenge, algorithm: string): boolean {
  const said = parameters.get('algorithm') ?? 'MD5';
  const qop = parameters.get('qop');
  return (
    scheme === 'digest' &&
    said.toUpperCase() === algorithm &&
    parameters.has('nonce') &&
    (qop === undefined || hasAuth(qop))
  );
}

function hasAuth(qop: string): boolean {
  return qop.split(',').some((one) => one.trim().toLowerCase() === 'auth');
}

function answerDigest(
  said: ReadonlyMap<string, string>,
  { username, password }: UrlCredentials,
  { method, path, cnonce }: Challenged,
  hash: 'sha256' | 'md5',
): string {
  const h = (...parts: string[]) => createHash(hash).update(parts.join(':')).digest('hex');
  const realm = said.get('realm') ?? '';
  const nonce = said.get('nonce') ?? '';
  const opaque = said.get('opaque');
  const algorithm = said.get('algorithm');
  const ha1 = h(username, realm, password);
  const ha2 = h(method, path);
  const count = '00000001';
  const response = said.has('qop') ? h(ha1, nonce, count, cnonce, 'auth', ha2) : h(ha1, nonce, ha2);
  const fields = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(path)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(said.has('qop') ? [`qop=auth, nc=${count}, cnonce="${cnonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** A quoted string. Each UTF-8 byte becomes one character, as header lines hold Latin-1. */
function quote(text: string): string {
  const printable = text.replaceAll(/[\0-\x1f\x7f]/g, '');
  const bytes = Buffer.from(printable.replaceAll(/["\\]/g, String.raw`\$&`));
  return `"${bytes.toString('latin1')}"`;
}

/** Splits a header into challenges. Commas separate challenges as well as parameters. */
function readChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const pieces = header.slice(0, CHALLENGE_MAX_LENGTH).match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g);
  for (const piece of pieces ?? []) {
    const [, scheme, name, value = ''] =
      /^\s*(?:([\w-]+)(?:\s+|$))?(?:([\w-]+)\s*=\s*(.*?))?\s*$/s.exec(piece) ?? [];
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    }
    if (name !== undefined) challenges.at(-1)?.parameters.set(name.toLowerCase(), unquote(value));
  }
  return challenges;
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}
