import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { App } from '../app.ts';
import { originOf } from './location.ts';
import type { Metrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import type { Routes } from './server.ts';

const READY_TIMEOUT_MS = 2_000;

/** Serves what operators and tools ask for: health, readiness, metrics and the description. */
export function serveOperations(
  server: FastifyInstance,
  app: App,
  routes: Routes,
  metrics: Metrics,
): void {
  server.get('/healthz', (_request, to) => to.type('text/plain').send('ok\n'));

  server.get('/readyz', async (_request, to) => {
    const ready = await Promise.race([databaseAnswers(app), late()]);
    to.code(ready ? 200 : 503).type('text/plain');
    return to.send(ready ? 'ready\n' : 'the database does not answer\n');
  });

  server.get('/metrics', async (_request, to) =>
    to.type(metrics.contentType).send(await metrics.text()),
  );

  server.get('/openapi.json', (request, to) => {
    const { publicUrl } = app.config;
    const origin = originOf(publicUrl, request.protocol === 'https', request.headers.host);
    const body = JSON.stringify(describeApi(routes, origin));
    return to.header('Access-Control-Allow-Origin', '*').type('application/json').send(body);
  });
}

function databaseAnswers({ database }: App): Promise<boolean> {
  return sql`select 1`.execute(database.db).then(
    () => true,
    () => false,
  );
}

function late(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, READY_TIMEOUT_MS, false).unref());
}
