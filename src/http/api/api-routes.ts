import type { FastifyReply } from 'fastify';
import { openCredentialPlaces } from '../../access/credential-places.ts';
import { openGrantUses } from '../../access/grant-uses.ts';
import type { App } from '../../app.ts';
import type { Answer } from '../answers/answer.ts';
import { inTime } from '../answers/deadline.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Overload } from '../guards/overload.ts';
import { openRateLimits } from '../guards/rate-limits.ts';
import type { RouteTable } from '../route-table.ts';
import { routedMethods } from '../routed-methods.ts';
import { answerEndpoint, type Desk } from './answer-endpoint.ts';
import { fileSuffixes } from './content.ts';
import { openReadsAhead } from './read-ahead.ts';

interface ApiParts {
  readonly answer: (to: FastifyReply, answer: Answer) => FastifyReply;
  readonly overload: Overload;
}

/** Serves the route table: each endpoint at its path, with any suffix. */
export function serveApi(
  table: RouteTable,
  app: App,
  endpoints: readonly Endpoint[],
  { answer: reply, overload }: ApiParts,
): void {
  const desk: Desk = {
    app,
    overload,
    limits: openRateLimits(app.config),
    uses: openGrantUses(app),
    places: openCredentialPlaces(app),
    reads: openReadsAhead(app),
    files: fileSuffixes(endpoints),
  };
  for (const endpoint of endpoints) {
    table.add({
      methods: routedMethods(endpoint.method),
      path: endpoint.path,
      operation: endpoint.id,
      may_be_shed: !endpoint.ends_access,
      handle: async (_request, to) => {
        const work = answerEndpoint(desk, endpoint, to);
        return reply(to, await inTime(work, { changes: endpoint.method !== 'GET' }));
      },
    });
  }
}
