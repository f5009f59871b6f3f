import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Answerer } from '../answers/answer.ts';
import { routedMethods } from '../routed-methods.ts';

/** A style sheet, a script or an image of ours. Its address names its content and never changes. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A file that is made, or read, when it is first asked for; its address stays when it changes. */
export interface LazyAsset {
  readonly path: string;
  readonly type: string;
  /** Where nothing can be made it throws an `ApiError` that says why. */
  readonly read: () => Promise<Buffer>;
  /** In addition to those of every file. */
  readonly headers?: Readonly<Record<string, string>>;
}

const IMMUTABLE_HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  // The image of the Connect button stands on the pages of apps.
  'cross-origin-resource-policy': 'cross-origin',
};
const LAZY_HEADERS = {
  'cache-control': 'no-cache',
  'cross-origin-resource-policy': 'same-origin',
};
const operation = 'asset';
/** How much of the digest tells one content of a file from another. */
const TAG_DIGITS = 20;

/** Serves the files that pages are made of. */
export function serveAssets(
  server: FastifyInstance,
  assets: readonly (Asset | LazyAsset)[],
  answer: Answerer['answerPage'],
): void {
  for (const asset of assets) {
    if ('read' in asset) serveLazily(server, asset, answer);
    else serveAsset(server, asset, answer);
  }
}

function serveAsset(
  server: FastifyInstance,
  { path, type, bytes }: Asset,
  answer: Answerer['answerPage'],
): void {
  server.route({
    method: routedMethods('GET'),
    url: path,
    config: { operation },
    handler: (_request, reply) =>
      answer(reply, { status: 200, operation, type, body: bytes, headers: IMMUTABLE_HEADERS }),
  });
}

/** A browser asks each time, and gets the bytes only where it has others. */
function serveLazily(
  server: FastifyInstance,
  asset: LazyAsset,
  answer: Answerer['answerPage'],
): void {
  server.route({
    method: routedMethods('GET'),
    url: asset.path,
    config: { operation },
    handler: async (request, reply) => {
      const body = await asset.read();
      const etag = `"${hash('sha256', body).slice(0, TAG_DIGITS)}"`;
      const headers = { ...LAZY_HEADERS, ...asset.headers, etag };
      const isKnown = request.headers['if-none-match'] === etag;
      return isKnown
        ? answer(reply, { status: 304, operation, headers })
        : answer(reply, { status: 200, operation, type: asset.type, body, headers });
    },
  });
}
