import { hash } from 'node:crypto';
import type { Answerer } from '../answers/answer.ts';
import type { RouteTable } from '../route-table.ts';
import { routedMethods } from '../routed-methods.ts';

/** A style sheet, a script or an image. Its address holds a digest of its content. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A file that is made or read at its first request. Its address stays when its content changes. */
export interface LazyAsset {
  readonly path: string;
  readonly type: string;
  /** @throws ApiError with the reason when the file cannot be made. */
  readonly read: () => Promise<Buffer>;
  /** Headers in addition to those of every lazy file. */
  readonly headers?: Readonly<Record<string, string>>;
}

const IMMUTABLE_HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  // Pages of other sites, those of Connect apps, show the image of the Connect button.
  'cross-origin-resource-policy': 'cross-origin',
};
const LAZY_HEADERS = {
  'cache-control': 'no-cache',
  'cross-origin-resource-policy': 'same-origin',
};
const operation = 'asset';
/** The number of digest digits in an ETag. */
const TAG_DIGITS = 20;

/** Serves the style sheets, scripts and images of pages. */
export function serveAssets(
  table: RouteTable,
  assets: readonly (Asset | LazyAsset)[],
  answer: Answerer['answerPage'],
): void {
  for (const asset of assets) {
    if ('read' in asset) serveLazily(table, asset, answer);
    else serveAsset(table, asset, answer);
  }
}

function serveAsset(
  table: RouteTable,
  { path, type, bytes }: Asset,
  answer: Answerer['answerPage'],
): void {
  table.add({
    methods: routedMethods('GET'),
    path,
    operation,
    handle: (_request, reply) =>
      answer(reply, { status: 200, operation, type, body: bytes, headers: IMMUTABLE_HEADERS }),
  });
}

/** Serves a file that a browser must check each time. An unchanged file is answered with 304. */
function serveLazily(table: RouteTable, asset: LazyAsset, answer: Answerer['answerPage']): void {
  table.add({
    methods: routedMethods('GET'),
    path: asset.path,
    operation,
    handle: async (request, reply) => {
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
