import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { App } from '../app.ts';
import { listNeededKeys } from '../db/open-key-ring.ts';
import { byDeadline } from '../kit/by-deadline.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Answer, Answerer } from './answers/answer.ts';
import { mayOperate, openOperatorGuard, wantsToken } from './guards/operator-guard.ts';
import type { RouteTable } from './route-table.ts';
import { routedMethods } from './routed-methods.ts';
import type { Routes } from './served-routes.ts';

const READY_TIMEOUT_MS = 2_000;

type Unnamed = Omit<Answer, 'operation'>;

const TEXT = 'text/plain; charset=utf-8';

/** Serves operators and their tools: health, readiness, metrics and the API's descriptions. */
export function serveOperations(
  table: RouteTable,
  app: App,
  parts: {
    readonly routes: Routes;
    readonly metrics: Metrics;
    readonly answer: Answerer['answerPlainly'];
  },
): void {
  const { routes, metrics, answer } = parts;
  const guard = openOperatorGuard(app);
  const isOpen = (request: FastifyRequest) => mayOperate(app, guard, request);
  const get = (path: string, ask: (request: FastifyRequest) => Unnamed | Promise<Unnamed>) => {
    const operation = path.slice(1);
    table.add({
      methods: routedMethods('GET'),
      path,
      operation,
      handle: async (request, reply) => answer(reply, { ...(await ask(request)), operation }),
    });
  };

  get('/healthz', () => ({ status: 200, type: TEXT, body: 'ok\n' }));

  get('/readyz', async () => {
    const answers = await byDeadline(databaseAnswers(app), READY_TIMEOUT_MS, () => false);
    if (!answers) return { status: 503, type: TEXT, body: 'the database does not answer\n' };
    if (!app.database.isWhole()) {
      const body = 'the data file is damaged: restore a backup\n';
      return { status: 503, type: TEXT, body };
    }
    const missing = await missingKey(app);
    if (missing !== null) {
      const body =
        `secrets are sealed with the key "${missing}", which this process does not hold: ` +
        'add it to TIELINE_SECRET_KEY and start again\n';
      return { status: 503, type: TEXT, body };
    }
    if (app.database.writesHang()) {
      return { status: 503, type: TEXT, body: 'the database does not finish a write\n' };
    }
    return { status: 200, type: TEXT, body: 'ready\n' };
  });

  get('/metrics', async (request) => {
    if (!(await isOpen(request))) throw wantsToken(app.config.adminToken);
    return metricsAnswer(metrics);
  });

  routes.serveDescriptions(table, app, { routes, answer, isOpen });
}

async function metricsAnswer(metrics: Metrics): Promise<Unnamed> {
  return { status: 200, type: metrics.contentType, body: await metrics.text() };
}

function databaseAnswers({ database }: App): Promise<boolean> {
  return sql`select 1`.execute(database.db).then(
    () => true,
    () => false,
  );
}

/** A key that the database needs and this process lacks; null: no key is missing. */
async function missingKey({ database, keyRing }: App): Promise<string | null> {
  const needed = listNeededKeys(database.db).catch(() => [] as string[]);
  const ids = await byDeadline(needed, READY_TIMEOUT_MS, () => []);
  return ids.find((id) => !keyRing.has(id)) ?? null;
}
