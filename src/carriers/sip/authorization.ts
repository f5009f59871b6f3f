import { answerChallenge, type Credentials, readChallenges } from './digest.ts';
import { type Header, headersOf, withHeader } from './headers.ts';
import type { SipResponse } from './message.ts';

/** The most challenges that one INVITE answers: a proxy, a target, and a nonce that grew old. */
const MAX_CHALLENGES = 3;

interface Challenged {
  readonly method: string;
  readonly uri: string;
  readonly body: Buffer;
  readonly credentials: Credentials | null;
  readonly cnonce: string;
}

/** The answers of one call to challenges, by a proxy and by a target. */
export class Authorization {
  headers: readonly Header[] = [];
  #challenges = 0;

  /** Prepares the answer to a challenge; false when it was tried or there are no credentials. */
  prepare(response: SipResponse, { credentials, ...about }: Challenged): boolean {
    const is_proxy = response.status === 407;
    const key = is_proxy ? 'proxy-authenticate' : 'www-authenticate';
    const name = is_proxy ? 'Proxy-Authorization' : 'Authorization';
    const [challenge] = readChallenges(headersOf(response, key).map((one) => one.value));
    const was_tried = this.headers.some((one) => one.key === name.toLowerCase());
    if (!challenge || !credentials || (was_tried && !challenge.is_stale)) return false;
    this.#challenges += 1;
    if (this.#challenges > MAX_CHALLENGES) return false;
    const value = answerChallenge(challenge, credentials, { ...about, count: 1 });
    this.headers = withHeader([...this.headers], name, value);
    return true;
  }
}
