/** A client that comes back and succeeds within this time is not reported to the user. */
const SETTLED_MS = 5_000;

/** Notices clients that seem not to trust the CA, and reports those that do not come back. */
export interface Distrust {
  /** A client ended its TLS with this host, by an alert or without a word. */
  readonly ended: (host: string, how: 'alert' | 'silence') => void;
  /** Reports at once what still waits. */
  readonly settle: () => void;
}

interface Doubt {
  readonly host: string;
  /** The client has succeeded when this many of its connections carried a request. */
  readonly enough: number;
}

/**
 * A client may try again with other certificates, or may open a spare connection and not use it. A
 * report therefore waits until some time has passed without a request.
 * @param usedFor how many connections to a host have carried a request so far
 */
export function watchDistrust(
  usedFor: (host: string) => number,
  notice: (sentence: string) => void,
): Distrust {
  const doubts = new Set<Doubt>();
  const judge = (doubt: Doubt) => {
    if (doubts.delete(doubt) && usedFor(doubt.host) < doubt.enough) notice(distrustOf(doubt.host));
  };
  return {
    ended(host, how) {
      // An alert is a clear sign. Only a request that comes after it proves the opposite.
      const doubt = { host, enough: how === 'alert' ? usedFor(host) + 1 : 1 };
      doubts.add(doubt);
      setTimeout(judge, SETTLED_MS, doubt).unref();
    },
    settle() {
      for (const doubt of doubts) judge(doubt);
    },
  };
}

function distrustOf(host: string): string {
  return (
    `A program ended its TLS with ${host} and seems not to trust Tieline's CA: let it read ` +
    'SSL_CERT_FILE, or what its language has for that (NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, ' +
    'CURL_CA_BUNDLE, JAVA_TOOL_OPTIONS); all of them are set.'
  );
}
