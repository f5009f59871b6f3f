import { z } from 'zod';
import { FIELDS_2010, type ListField, META_V1 } from '../describe/describe.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { misfitsOf, nameOf, shown } from './compare-shape.ts';
import type { Reader, Reply } from './remote.ts';

/** Reports a problem of an answer. */
export type Tell = (path: string, problem: string) => void;

type Json = Record<string, unknown>;

const LIST_FIELDS = {
  count: z.number().int().min(0),
  link: z.string().nullable(),
  text: z.string(),
} as const satisfies Record<ListField, z.ZodType>;

function shapeOf(fields: Readonly<Record<string, ListField>>): z.ZodType {
  const shape = Object.entries(fields).map(([name, kind]) => [name, LIST_FIELDS[kind]] as const);
  return z.object(Object.fromEntries(shape));
}

const ENVELOPE_2010 = shapeOf(FIELDS_2010);
const ENVELOPE_V1 = z.object({ meta: shapeOf(META_V1) });
/** The answer of a list without pages. */
const ENVELOPE_WHOLE = shapeOf({ uri: 'link' });

/** A page of a list, with the address of the next page. */
export interface ListPage {
  readonly items: readonly Json[];
  /** A path with its query; null on the last page. */
  readonly next: string | null;
}

/** The path of one page of a list, the page size that was asked for, and the answer. */
interface ReadPage {
  readonly path: string;
  readonly reply: Reply;
  readonly page_size: number;
}

/** Compares one page of a list with its description. Returns null if the answer is not a list. */
export function readPage(
  endpoint: Endpoint,
  { path, reply, page_size }: ReadPage,
  tell: Tell,
): ListPage | null {
  const { key, schema } = endpoint.resource;
  const body = reply.json;
  if (typeof body !== 'object' || body === null || !Array.isArray((body as Json)[key])) {
    tell(path, `must be a list under "${key}", and is ${shown(body ?? reply.text)}`);
    return null;
  }
  const { [key]: items, ...envelope } = body as Json;
  const list = items as Json[];
  for (const [at, item] of list.entries()) {
    for (const { place, rule } of misfitsOf(schema, item)) {
      tell(path, `${nameOf([key, at])}${place === '' ? '' : `.${place}`} ${rule}`);
    }
  }
  const whole = 'all' in endpoint.handle;
  const isV1 = endpoint.path.startsWith('/v1/');
  const around = isV1 ? ENVELOPE_V1 : whole ? ENVELOPE_WHOLE : ENVELOPE_2010;
  for (const { place, rule } of misfitsOf(around, envelope)) tell(path, `${place} ${rule}`);
  if (whole) return { items: list, next: null };
  if (list.length > page_size) tell(path, `has ${list.length} in a page of ${page_size}`);
  const meta = (isV1 ? envelope['meta'] : envelope) as Json | undefined;
  if (meta?.['page_size'] !== page_size) {
    tell(
      path,
      `page_size must be the ${page_size} asked for, and is ${shown(meta?.['page_size'])}`,
    );
  }
  const next = meta?.[isV1 ? 'next_page_url' : 'next_page_uri'];
  return { items: list, next: typeof next === 'string' ? pathOf(next, isV1, path, tell) : null };
}

/** Page addresses are absolute in v1, and paths in the 2010 API. SDKs rely on both. */
function pathOf(next: string, isV1: boolean, path: string, tell: Tell): string | null {
  const isAbsolute = /^https?:\/\//.test(next);
  if (isAbsolute !== isV1) {
    const rule = isV1 ? 'an absolute address' : 'a path';
    tell(path, `the address of the next page must be ${rule}, and is ${shown(next)}`);
  }
  const url = URL.parse(next, 'http://any.invalid');
  return url && url.pathname + url.search;
}

/** The pages of a list that are compared. */
const ORDINALS = ['first', 'second', 'third'] as const;

/** Reads the first pages of a list. Each page must continue where the one before ended. */
export async function checkPaging(
  reader: Reader,
  endpoint: Endpoint,
  path: string,
  tell: Tell,
): Promise<void> {
  if ('all' in endpoint.handle) return;
  const seen = new Map<string, string>();
  let at: string | null = `${path}?PageSize=1`;
  for (let page = 1; page <= ORDINALS.length && at !== null; page += 1) {
    const found = readPage(endpoint, { path: at, reply: await reader.get(at), page_size: 1 }, tell);
    if (!found) return;
    const [item] = found.items;
    if (page > 1 && !item) tell(at, 'is the next page, but it is empty');
    const before = item && seen.get(JSON.stringify(item));
    if (before) tell(at, `is the next page, but it has the same row as the ${before} page`);
    if (item) seen.set(JSON.stringify(item), ORDINALS[page - 1] ?? '');
    at = found.next;
  }
}
