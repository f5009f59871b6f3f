/** The octets of a message whose lines are written without their ends, and its body. */
export function message(lines: readonly string[], body = ''): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly start?: string;
  /** Lines in place of the common one with the same name; null leaves it out. */
  readonly with?: Readonly<Record<string, string | null>>;
  /** More lines. */
  readonly more?: readonly string[];
  readonly body?: string;
}

/** A request of a common form, with what a test changes. */
export function request(parts: Parts = {}): Buffer {
  const { method = 'INVITE', uri = 'sip:+4930123@carrier.example', body = '' } = parts;
  const common: Record<string, string | null> = {
    Via: 'SIP/2.0/UDP pbx.example:5060;branch=z9hG4bKfirst',
    From: '<sip:anna@pbx.example>;tag=f1',
    To: `<${uri}>`,
    'Call-ID': 'one-call@pbx.example',
    CSeq: `7 ${method}`,
    'Max-Forwards': '70',
    Contact: '<sip:anna@192.0.2.7>',
    ...parts.with,
  };
  const lines = Object.entries(common).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  const start = parts.start ?? `${method} ${uri} SIP/2.0`;
  return message([start, ...lines, ...(parts.more ?? [])], body);
}

/** An answer of a common form. */
export function response(start = 'SIP/2.0 200 OK', parts: Parts = {}): Buffer {
  return request({ ...parts, start, with: { 'Max-Forwards': null, ...parts.with } });
}

/** One message of RFC 4475, in words of our own, and what has to become of it. */
export interface Torture {
  /** The section and what is unusual. */
  readonly is: string;
  readonly octets: Buffer;
  /** `accepted`, the reason why it cannot be read, or the status that the user agent answers. */
  readonly fate: 'accepted' | RegExp | number;
}

export const SDP = 'v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n';
export const sdp = { 'Content-Type': 'application/sdp', 'Content-Length': String(SDP.length) };
