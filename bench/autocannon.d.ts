/** The part of `autocannon` that the bench uses. The package has no types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly method: 'GET' | 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly requests?: readonly { setupRequest(request: object): object }[];
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
  }

  interface Result {
    /** Seconds. */
    readonly duration: number;
    /** Connections that failed. */
    readonly errors: number;
    readonly timeouts: number;
    /** Milliseconds, in whole ones. */
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly requests: { readonly total: number; readonly sent: number };
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  }

  export default function autocannon(options: Options): Promise<Result>;
}
