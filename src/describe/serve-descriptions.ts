import { originOf } from '../http/location.ts';
import { routedMethods } from '../http/routed-methods.ts';
import type { Routes } from '../http/served-routes.ts';
import { describeApi } from './openapi.ts';
import { serveRaml } from './raml-routes.ts';

/** Serves the descriptions of the API: OpenAPI at `/openapi.json`, and RAML. */
export const serveDescriptions: Routes['serveDescriptions'] = (table, app, described) => {
  const { routes, answer, isOpen } = described;
  const operation = 'openapi.json';
  table.add({
    methods: routedMethods('GET'),
    path: `/${operation}`,
    operation,
    handle: async (request, reply) => {
      const { protocol, headers } = request;
      const origin = originOf(app.config.publicUrl, protocol === 'https', headers.host);
      // In production only callers that may use the control API see its description.
      const shown = (await isOpen(request)) ? routes : { ...routes, control: [] };
      return answer(reply, {
        status: 200,
        operation,
        type: 'application/json',
        body: JSON.stringify(describeApi(shown, origin)),
        headers: { 'Access-Control-Allow-Origin': '*' },
      });
    },
  });
  serveRaml(table, app, described);
};
