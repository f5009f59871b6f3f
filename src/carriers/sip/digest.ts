import { createHash } from 'node:crypto';
import { BadSyntax, quote, Scanner } from './scan.ts';

/** One challenge of a far side. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: DigestAlgorithm;
  /** Null for a far side of RFC 2069, which names none. */
  readonly qop: 'auth' | 'auth-int' | null;
  readonly is_stale: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';

const ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-256', 'SHA-256-sess', 'MD5', 'MD5-sess'];
const MAX_PARAMETERS = 32;

/**
 * The challenges of WWW-Authenticate or Proxy-Authenticate that can be answered, the strongest
 * first (RFC 8760 §2.4). A line may have several, and one that cannot be read is left out.
 */
export function readChallenges(lines: readonly string[]): Challenge[] {
  const found = lines.flatMap((line) => {
    try {
      return readLine(line);
    } catch (error) {
      if (!(error instanceof BadSyntax)) throw error;
      return [];
    }
  });
  return found.toSorted((a, b) => rank(a) - rank(b));
}

const rank = ({ algorithm }: Challenge) => ALGORITHMS.indexOf(algorithm);

function readLine(line: string): Challenge[] {
  const challenges: Challenge[] = [];
  const scanner = new Scanner(line).skipSpace();
  let scheme = scanner.token('A challenge');
  while (scheme !== '') {
    const parameters = new Map<string, string>();
    let next = '';
    scanner.skipSpace();
    while (!scanner.isAtEnd) {
      const name = scanner.token('A challenge');
      // A word without a value begins the next challenge.
      if (!scanner.skip('=')) {
        next = name;
        break;
      }
      const value = scanner.peek() === '"' ? scanner.quoted(name) : scanner.until(', \t');
      parameters.set(name.toLowerCase(), value);
      if (parameters.size > MAX_PARAMETERS) throw new BadSyntax('A challenge is too long');
      if (!scanner.skip(',')) break;
    }
    const challenge = scheme.toLowerCase() === 'digest' ? challengeOf(parameters) : null;
    if (challenge) challenges.push(challenge);
    scheme = next;
  }
  return challenges;
}

function challengeOf(parameters: ReadonlyMap<string, string>): Challenge | null {
  const name = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  const algorithm = ALGORITHMS.find((one) => one.toUpperCase() === name);
  const [realm, nonce] = [parameters.get('realm'), parameters.get('nonce')];
  const offered = parameters
    .get('qop')
    ?.split(',')
    .map((one) => one.trim().toLowerCase());
  const qop = (['auth', 'auth-int'] as const).find((one) => offered?.includes(one)) ?? null;
  if (!algorithm || realm === undefined || nonce === undefined || (offered && !qop)) return null;
  const is_stale = parameters.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, opaque: parameters.get('opaque') ?? null, algorithm, qop, is_stale };
}

export interface Challenged {
  readonly method: string;
  readonly uri: string;
  readonly body: Buffer;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  /** A text that nobody can guess. */
  readonly cnonce: string;
}

/** The value of Authorization or Proxy-Authorization (RFC 7616 §3.4). */
export function answerChallenge(
  challenge: Challenge,
  { username, password }: Credentials,
  { method, uri, body, count, cnonce }: Challenged,
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const hash = (text: string | Buffer) =>
    createHash(algorithm.startsWith('SHA') ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hash(`${username}:${realm}:${password}`);
  const a1 = algorithm.endsWith('-sess') ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  const middle = qop === null ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`;
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${hash(`${a1}:${middle}:${a2}`)}"`,
    `algorithm=${algorithm}`,
  ];
  if (opaque !== null) parts.push(`opaque=${quote(opaque)}`);
  if (qop !== null || algorithm.endsWith('-sess')) parts.push(`cnonce=${quote(cnonce)}`);
  if (qop !== null) parts.push(`qop=${qop}`, `nc=${nc}`);
  return `Digest ${parts.join(', ')}`;
}
