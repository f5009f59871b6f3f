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
