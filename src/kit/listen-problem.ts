const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program: stop it, or choose another with PORT',
  EACCES: 'may not be used by this user: choose one above 1023 with PORT',
  EADDRNOTAVAIL: 'is not an address of this machine: choose another with --host',
  ENOTFOUND: 'is not a host that can be found: choose another with --host',
};

interface Wanted {
  readonly host: string;
  readonly port: number;
  /** The option that chooses the port. */
  readonly option: '--port' | '--ops-port' | '--proxy-port';
}

/** The reason why an address cannot be listened on, in a sentence; null for another error. */
export function listenProblem(error: unknown, { host, port, option }: Wanted): string | null {
  const { code = '' } = error as { code?: string };
  const rest = PROBLEMS[code];
  if (rest === undefined) return null;
  const subject = rest.includes('PORT') ? `Port ${port} on ${host}` : host;
  return `${subject} ${rest.replace('PORT', option)}.`;
}
