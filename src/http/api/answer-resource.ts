import type { Caller } from '../../access/principal.ts';
import type { Answer } from '../answers/answer.ts';
import {
  CONTENT_TYPES,
  type Format,
  representList,
  representOne,
  representWholeList,
} from '../answers/representation.ts';
import { shownTo } from '../answers/shown-urls.ts';
import type { Call, Endpoint, ListHandler, WholeListHandler } from '../endpoint.ts';
import { readPaging } from '../parameters/paging.ts';
import type { Asked } from './read-request.ts';

/** Answers with one resource, or with an empty body after a deletion. */
export async function answerOne(
  { id: operation, resource, status }: Endpoint,
  caller: Caller,
  value: unknown,
  format: Format,
): Promise<Answer> {
  if (status === 204) return { status, operation };
  const body = representOne(resource, shownTo(caller, resource.schema, value), format);
  const type = CONTENT_TYPES[format];
  return { status, operation, body: typeof body === 'string' ? body : await body, type };
}

/** Answers with one page of a list, or with the whole list when it has no pages. */
export async function answerList(
  endpoint: Endpoint,
  handle: { readonly pages: ListHandler } | { readonly all: WholeListHandler },
  call: Call,
  asked: Asked,
): Promise<Answer> {
  const { id: operation, status } = endpoint;
  const body =
    'pages' in handle
      ? await pageBody(endpoint, handle.pages, call, asked)
      : await wholeListBody(endpoint, handle.all, call, asked);
  return { status, operation, body, type: CONTENT_TYPES[asked.location.format] };
}

async function pageBody(
  { resource }: Endpoint,
  pages: ListHandler,
  call: Call,
  { location, form: query, isGone }: Asked,
): Promise<string> {
  const request = readPaging(query);
  const page = await pages(call, { ...request, isGone });
  const resources = page.resources.map((one) => shownTo(call.principal, resource.schema, one));
  const { route: path, format } = location;
  const answer = { resource, resources, request, query, path, origin: call.origin };
  const generation = path.startsWith('/2010-04-01/') ? '2010' : 'v1';
  return representList({ ...answer, found: page.found }, format, generation);
}

async function wholeListBody(
  { resource }: Endpoint,
  { read, page_size }: WholeListHandler,
  call: Call,
  { location, form }: Asked,
): Promise<string> {
  const found = await read(call, readPaging(form, page_size).page_size);
  const resources = found.map((one) => shownTo(call.principal, resource.schema, one));
  const { route: path, query, format } = location;
  return representWholeList({ resource, resources, path, query }, format);
}
