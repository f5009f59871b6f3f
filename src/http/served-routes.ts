import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Metric } from '../kit/metrics.ts';
import type { Absence } from './absence.ts';
import type { Answerer } from './answers/answer.ts';
import type { ControlEndpoint } from './control-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { Mount } from './mounts.ts';
import type { Asset, LazyAsset } from './pages/assets.ts';
import type { Pages } from './pages/page-routes.ts';
import type { StaticFolder } from './pages/static-folder.ts';
import type { RouteTable } from './route-table.ts';

/** Everything that the server serves. */
export interface Routes {
  readonly endpoints: readonly Endpoint[];
  /** Resources of the 2010 API that are not part of the product. */
  readonly absences: readonly Absence[];
  readonly control: readonly ControlEndpoint[];
  /** The endpoints for the carriers' reports. */
  readonly carriers: CarrierRoutes;
  readonly pages: Pages;
  /** The style sheets, scripts and images of pages. */
  readonly assets: readonly (Asset | LazyAsset)[];
  /** Folders of static files, each below its own path. */
  readonly folders: readonly StaticFolder[];
  /** Separate applications, each below its own path. */
  readonly mounts: readonly Mount[];
  /** Serves the descriptions of the API, which are made from the route table. */
  readonly serveDescriptions: ServeDescriptions;
  /** Every metric that `/metrics` shows. */
  readonly metrics: readonly Metric[];
}

export interface CarrierRoutes {
  readonly endpoints: readonly ControlEndpoint[];
  /** Admits a carrier by its token. @throws ApiError 401 */
  readonly admit: (app: App, name: string, token: string | null) => void;
  /** Answers the requests of far sides in their own formats. @throws ApiError 401, 404 */
  readonly hear: (app: App, name: string, request: HeardRequest) => Promise<HeardAnswer>;
}

/** A request below `/_carrier/NAME/`. */
export interface HeardRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** The segments behind the carrier's name. */
  readonly path: readonly string[];
  readonly headers: FastifyRequest['headers'];
  readonly body: Buffer;
}

interface HeardAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Buffer;
}

/** Adds the routes of the descriptions. */
type ServeDescriptions = (table: RouteTable, app: App, described: Described) => void;

export interface Described {
  readonly routes: Routes;
  readonly answer: Answerer['answerPlainly'];
  /** Whether a request may read the operators' descriptions: the control API's in production. */
  readonly isOpen: (request: FastifyRequest) => Promise<boolean>;
}
