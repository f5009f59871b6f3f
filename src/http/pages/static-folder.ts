import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { FastifyRequest } from 'fastify';
import type { Answer, Answerer } from '../answers/answer.ts';
import { locationOf } from '../location.ts';
import type { RouteTable } from '../route-table.ts';
import { routedMethods } from '../routed-methods.ts';

/** A folder of built files, served below its path. Its files are read when they are asked for. */
export interface StaticFolder {
  /** The path without a closing slash; also its name in the metrics. */
  readonly path: string;
  readonly folder: URL;
  /** The text for a folder that does not exist: how to make it. */
  readonly whenMissing: string;
}

/** The types of the files that a folder may hold. No other file is served. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
const PLAIN_TEXT = 'text/plain; charset=utf-8';
/** A page may load its own files, and nothing from elsewhere. It has no script or style inside. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/** A name with a digest of the content. */
const DIGESTED = /-[0-9a-f]{10}\.\w+$/;
const IMMUTABLE = 'public, max-age=31536000, immutable';
const CHECKED = 'no-cache';
/** The number of digest digits in an ETag. */
const TAG_DIGITS = 20;
/** The names of folders and files. A segment of dots has another meaning to the file system. */
const SEGMENT = /^[\w-][\w.-]{0,79}$/;

/** Serves folders of static files. */
export function serveFolders(
  table: RouteTable,
  folders: readonly StaticFolder[],
  answer: Answerer['answerPage'],
): void {
  for (const one of folders) {
    const operation = one.path.slice(1);
    for (const path of [one.path, `${one.path}/*`]) {
      table.add({
        methods: routedMethods('GET'),
        path,
        operation,
        handle: async (request, reply) =>
          answer(reply, { ...(await answerOf(one, request)), operation }),
      });
    }
  }
}

type Unnamed = Omit<Answer, 'operation'>;

async function answerOf({ path, folder, whenMissing }: StaticFolder, request: FastifyRequest) {
  const name = nameOf(locationOf(request.raw).route.slice(path.length));
  const found = name === null ? null : await read(folder, name);
  if (name !== null && found) return fileAnswer(name, found, request);
  const page = await read(folder, '404.html');
  return page
    ? { ...fileAnswer('404.html', page, request), status: 404 }
    : ({ status: 404, type: PLAIN_TEXT, body: `${whenMissing}\n` } satisfies Unnamed);
}

/** The name of a file for the rest of a path; null for a path that no file can have. */
function nameOf(rest: string): string | null {
  const segments = rest.split('/').filter((segment) => segment !== '');
  if (!segments.every((segment) => SEGMENT.test(segment))) return null;
  const name = segments.join('/');
  if (posix.extname(name) in TYPES) return name;
  return posix.join(name, 'index.html');
}

/** The bytes of a file; null when there is none. */
async function read(folder: URL, name: string): Promise<Buffer | null> {
  try {
    return await readFile(new URL(name, folder));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}

function fileAnswer(name: string, bytes: Buffer, request: FastifyRequest): Unnamed {
  const type = TYPES[posix.extname(name)] ?? PLAIN_TEXT;
  const etag = `"${hash('sha256', bytes).slice(0, TAG_DIGITS)}"`;
  const headers = {
    'cache-control': DIGESTED.test(name) ? IMMUTABLE : CHECKED,
    'content-security-policy': POLICY,
    'cross-origin-resource-policy': 'same-origin',
    etag,
  };
  const isKnown = request.headers['if-none-match'] === etag;
  return isKnown ? { status: 304, headers } : { status: 200, type, body: bytes, headers };
}
