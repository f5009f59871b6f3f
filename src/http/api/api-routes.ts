import type { FastifyInstance, FastifyReply } from 'fastify';
import { openCredentialPlaces } from '../../access/credential-places.ts';
import { openGrantUses } from '../../access/grant-uses.ts';
import type { App } from '../../app.ts';
import type { Answer } from '../answers/answer.ts';
import type { Endpoint } from '../endpoint.ts';
import { openRateLimits } from '../guards/rate-limits.ts';
import { routedMethods } from '../routed-methods.ts';
import { answerEndpoint, type Desk } from './answer-endpoint.ts';
import { fileSuffixes } from './content.ts';
import { shadowedRoutes } from './shadowed-routes.ts';

/** Serves the route table: each endpoint at its path, with any suffix. */
export function serveApi(
  server: FastifyInstance,
  app: App,
  endpoints: readonly Endpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  const desk: Desk = {
    app,
    limits: openRateLimits(app.config),
    uses: openGrantUses(app),
    places: openCredentialPlaces(app),
    files: fileSuffixes(endpoints),
  };
  for (const endpoint of endpoints) {
    server.route({
      method: routedMethods(endpoint.method),
      url: endpoint.path,
      config: { operation: endpoint.id },
      handler: async (request, to) => reply(to, await answerEndpoint(desk, endpoint, request)),
    });
  }
  for (const { method, url } of shadowedRoutes(endpoints)) {
    server.route({
      method: routedMethods(method),
      url,
      handler: (_request, to) => to.callNotFound(),
    });
  }
}
