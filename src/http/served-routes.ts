import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Metric } from '../kit/metrics.ts';
import type { Absence } from './absence.ts';
import type { Answerer } from './answers/answer.ts';
import type { ControlEndpoint } from './control-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { Mount } from './mounts.ts';
import type { Asset, LazyAsset } from './pages/assets.ts';
import type { Pages } from './pages/page-routes.ts';

/** What the server serves. */
export interface Routes {
  readonly endpoints: readonly Endpoint[];
  /** What is known, and not here. */
  readonly absences: readonly Absence[];
  readonly control: readonly ControlEndpoint[];
  readonly pages: Pages;
  /** What pages are made of. */
  readonly assets: readonly (Asset | LazyAsset)[];
  /** Applications that have their own below a path. */
  readonly mounts: readonly Mount[];
  /** Serves the descriptions of the API, made from all of the above. */
  readonly serveDescriptions: ServeDescriptions;
  /** Everything that is counted. */
  readonly metrics: readonly Metric[];
}

/** Registers the descriptions on a server. */
type ServeDescriptions = (server: FastifyInstance, app: App, described: Described) => void;

export interface Described {
  readonly routes: Routes;
  readonly answer: Answerer['answerPlainly'];
  /** Whether a request may read what is for operators: the control API in production. */
  readonly isOpen: (request: FastifyRequest) => Promise<boolean>;
}
