import { NotFound } from '../../kit/api-error.ts';
import type { Answer } from '../answers/answer.ts';
import { fileHeaders } from '../answers/file-headers.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import type { Location } from '../location.ts';

/** The suffixes of resources that have a file, by the paths of their endpoints. */
export type FileSuffixes = ReadonlyMap<string, readonly string[]>;

export function fileSuffixes(endpoints: readonly Endpoint[]): FileSuffixes {
  const files = endpoints.flatMap(({ path, bytes }) =>
    bytes ? [[path, bytes.suffixes] as const] : [],
  );
  return new Map(files);
}

/** Whether a path asks for the content of a file, and not for a representation. */
export function asksForContent(bytes: Endpoint['bytes'], { suffix, format }: Location): boolean {
  if (suffix === `.${format}`) return false;
  return suffix !== '' || (bytes?.suffixes.includes('') ?? false);
}

/**
 * The content of a resource's file, when the path asks for it. A browser treats it as the declared
 * type and as no other, and runs nothing in it.
 * @returns null when the path asks for a representation, or the method deletes the file.
 * @throws ApiError 404/20404 for a suffix that the endpoint does not have.
 */
export async function readContent(
  files: FileSuffixes,
  endpoint: Endpoint,
  call: Call,
  location: Location,
): Promise<Answer | null> {
  const { id: operation, method, path, status, bytes } = endpoint;
  if (!asksForContent(bytes, location)) return null;
  const { route, suffix } = location;
  if (method === 'DELETE' && files.get(path)?.includes(suffix)) return null;
  if (!bytes?.suffixes.includes(suffix)) throw new NotFound();
  const { type, body, headers } = await bytes.read(call, suffix);
  const name = `${route.slice(route.lastIndexOf('/') + 1)}${suffix}`;
  return {
    status,
    operation,
    type,
    body,
    headers: {
      ...fileHeaders(name, type),
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  };
}
