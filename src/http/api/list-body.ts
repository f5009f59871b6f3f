import { representList, representWholeList } from '../answers/representation.ts';
import { shownTo } from '../answers/shown-urls.ts';
import type { Call, Endpoint, ListHandler, WholeListHandler } from '../endpoint.ts';
import type { Location } from '../location.ts';
import type { Form } from '../parameters/form.ts';
import { readPaging } from '../parameters/paging.ts';

/** One page of a list, as the body of an answer. */
export async function listBody(
  { resource }: Endpoint,
  pages: ListHandler,
  call: Call,
  location: Location,
  query: Form,
): Promise<string> {
  const request = readPaging(query);
  const page = await pages(call, request);
  const resources = page.resources.map((one) => shownTo(call.principal, resource.schema, one));
  const { route: path, format } = location;
  const answer = { resource, resources, request, query, path, origin: call.origin };
  const generation = path.startsWith('/2010-04-01/') ? '2010' : 'v1';
  return representList({ ...answer, found: page.found }, format, generation);
}

/** A list without pages, as the body of an answer. */
export async function wholeListBody(
  { resource }: Endpoint,
  { read, page_size }: WholeListHandler,
  call: Call,
  { route: path, query, format }: Location,
  form: Form,
): Promise<string> {
  const found = await read(call, readPaging(form, page_size).page_size);
  const resources = found.map((one) => shownTo(call.principal, resource.schema, one));
  return representWholeList({ resource, resources, path, query }, format);
}
