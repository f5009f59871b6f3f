import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Answer, Answerer } from './answers/answer.ts';
import { locationOf, originOf } from './location.ts';
import type { RouteTable } from './route-table.ts';
import { ROUTED_METHODS } from './routed-methods.ts';

/**
 * A separate application inside this server. It gets every request below its path, and its answers
 * are sent unchanged.
 */
export interface Mount {
  /** The path of the application, without a closing slash; also its name in the metrics. */
  readonly path: string;
  readonly development_only: boolean;
  readonly handle: (app: App, request: Request) => Promise<Response>;
}

/** Serves applications that have a fetch handler (Fetch Standard, §2.2.5 and §2.2.6). */
export function serveMounts(
  table: RouteTable,
  app: App,
  mounts: readonly Mount[],
  answer: Answerer['answerPlainly'],
): void {
  for (const { path: mounted, handle } of mounts) {
    const operation = mounted.slice(1);
    for (const path of [mounted, `${mounted}/*`]) {
      table.add({
        // The application itself refuses the methods that it lacks.
        methods: ROUTED_METHODS,
        path,
        operation,
        handle: async (request, reply) => {
          const response = await handle(app, requestOf(app, request));
          return answer(reply, await answerOf(response, operation));
        },
      });
    }
  }
}

function requestOf(app: App, { raw, method, body, protocol }: FastifyRequest): Request {
  const origin = originOf(app.config.publicUrl, protocol === 'https', raw.headers.host);
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const bytes = body as Buffer | undefined;
  return new Request(origin + locationOf(raw).target, {
    method,
    headers,
    ...(bytes !== undefined && { body: new Uint8Array(bytes) }),
  });
}

async function answerOf(response: Response, operation: string): Promise<Answer> {
  const headers = Object.fromEntries(response.headers);
  // Only the values of Set-Cookie cannot be joined into one, so they are passed separately.
  delete headers['set-cookie'];
  const cookies = response.headers.getSetCookie();
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, operation, headers, cookies, body };
}
