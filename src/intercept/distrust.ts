/** How long a client has to come back, and to succeed, before the user is told of it. */
const SETTLED_MS = 5_000;

/** Finds out who seems not to trust the CA, and tells the user of those who do not come back. */
export interface Distrust {
  /** A client ended its TLS with this host, by an alert or without a word. */
  readonly ended: (host: string, how: 'alert' | 'silence') => void;
  /** Says now what still waits. */
  readonly settle: () => void;
}

interface Doubt {
  readonly host: string;
  /** How many connections have to have been used for the client to count as one that succeeded. */
  readonly enough: number;
}

/**
 * A client may try a second time, with other certificates, or have opened a connection only to have
 * it. So nothing is said before some time has passed without a request.
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
      // An alert is clear, so only what comes after it refutes it.
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
