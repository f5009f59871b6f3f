/**
 * The SID prefixes in use: Twilio's own, and some of ours (`AE` an audit event, `DL` a delivery,
 * `GR` a grant, `PE` a person, `SE` a security event, `SF` a second factor).
 */
export type SidPrefix =
  | 'AC'
  | 'AE'
  | 'BY'
  | 'CA'
  | 'CN'
  | 'DL'
  | 'GR'
  | 'ME'
  | 'MG'
  | 'MM'
  | 'NE'
  | 'NY'
  | 'PE'
  | 'PN'
  | 'RE'
  | 'SE'
  | 'SF'
  | 'SK'
  | 'SM'
  | 'TR'
  | 'UT';

const RANDOM_BYTES = 10;

/**
 * Makes SIDs: a two-letter prefix and 32 lower-case hexadecimal digits.
 *
 * The first twelve digits are the time in milliseconds, and the rest is random. New rows therefore
 * go to the end of an index. Within one millisecond the random part counts up, so that rows keep
 * their order. Eighty random bits make a SID as hard to guess as the wire format allows.
 */
export function sidSource(
  now: () => number,
  randomBytes: (size: number) => Buffer,
): (prefix: SidPrefix) => string {
  let lastTime = -1;
  let lastRandom = 0n;
  return (prefix) => {
    const time = now();
    if (time > lastTime) {
      lastTime = time;
      lastRandom = BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`);
    } else {
      lastRandom += 1n;
    }
    const random = BigInt.asUintN(RANDOM_BYTES * 8, lastRandom)
      .toString(16)
      .padStart(RANDOM_BYTES * 2, '0');
    return prefix + lastTime.toString(16).padStart(12, '0') + random;
  };
}

/**
 * Makes the SIDs of requests, which must only be different: the time of the start, random digits,
 * and a counter.
 */
export function requestSidSource(
  now: () => number,
  randomBytes: (size: number) => Buffer,
): () => string {
  const start = now().toString(16).padStart(12, '0') + randomBytes(5).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `RQ${start}${count.toString(16).padStart(10, '0')}`;
  };
}

/** Whether `text` has the shape of a SID with this prefix. */
export function isSid(prefix: SidPrefix, text: string): boolean {
  return text.length === 34 && text.startsWith(prefix) && /^[0-9a-fA-F]{32}$/.test(text.slice(2));
}

/** The same rule as the source of a regular expression without anchors. */
export function sidPattern(prefix: string): string {
  return `${prefix}[0-9a-fA-F]{32}`;
}
