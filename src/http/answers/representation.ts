import type { Page, PageRequest, Position } from '../../db/keyset.ts';
import type { Form } from '../parameters/form.ts';
import { type PageLinks, pageLinks } from '../parameters/paging.ts';
import type { Resource } from './resource.ts';
import { writeXml, type XmlElement } from './xml.ts';

/** The representations of the 2010 API. The path's suffix selects one; no suffix selects XML. */
export type Format = 'json' | 'xml' | 'csv';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  xml: 'application/xml; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** The two generations of the API: they wrap lists and name addresses in different ways. */
export type Generation = '2010' | 'v1';

type Fields = Readonly<Record<string, unknown>>;

/** One resource as the body of an answer. */
export function representOne(
  resource: Resource,
  value: unknown,
  format: Format,
): string | Promise<string> {
  if (format === 'json') return JSON.stringify(value);
  if (format === 'csv') return csvOf(resource, [value as Fields]);
  return xmlOf(resource.element, value as Fields);
}

/** The parts of a list's answer. */
export interface ListAnswer {
  readonly resource: Resource;
  /** The rows that were found, and the same rows as resources. */
  readonly found: Page<Position>;
  readonly resources: readonly unknown[];
  readonly request: PageRequest;
  readonly query: Form;
  /** The request's path, without its suffix. */
  readonly path: string;
  readonly origin: string;
}

/** One page of a list as the body of an answer (docs/contract/requests.md, "Paging"). */
export function representList(
  answer: ListAnswer,
  format: Format,
  generation: Generation,
): string | Promise<string> {
  const rows = answer.resources as Fields[];
  if (format === 'csv') return csvOf(answer.resource, rows);
  const order = generation === '2010' ? 'page-first' : 'size-first';
  const links = pageLinks(answer.query, answer.request, answer.found, order);
  if (generation === 'v1') return JSON.stringify(envelopeV1(answer, links));
  if (format === 'json') return JSON.stringify(envelope2010(answer, links));
  return xmlListOf(answer, links);
}

/** The parts of the answer of a list without pages. */
interface WholeListAnswer extends Pick<ListAnswer, 'resource' | 'resources' | 'path'> {
  /** The request's query, as it was sent. */
  readonly query: string;
}

/** A list without pages as the body of an answer: its resources and its address. */
export function representWholeList(
  { resource, resources, path, query }: WholeListAnswer,
  format: Format,
): string | Promise<string> {
  const rows = resources as Fields[];
  if (format === 'csv') return csvOf(resource, rows);
  const behind = query === '' ? '' : `?${query}`;
  if (format === 'json') {
    return JSON.stringify({ uri: `${path}.json${behind}`, [resource.key]: rows });
  }
  const list: XmlElement = {
    name: resource.list_element,
    attributes: { uri: path + behind },
    children: rows.map((row) => elementOf(resource.element, row)),
  };
  return writeXml({ name: 'TwilioResponse', children: [list] });
}

function envelope2010(
  { resource, resources, request, path }: ListAnswer,
  links: PageLinks,
): Fields {
  const { page, page_size } = request;
  const address = (query: string | null) => query && `${path}.json?${query}`;
  const start = resources.length === 0 ? 0 : page * page_size;
  return {
    end: resources.length === 0 ? 0 : start + resources.length - 1,
    first_page_uri: address(links.first),
    next_page_uri: address(links.next),
    page,
    page_size,
    previous_page_uri: address(links.previous),
    start,
    uri: address(links.self),
    [resource.key]: resources,
  };
}

function envelopeV1(answer: ListAnswer, links: PageLinks): Fields {
  const { resource, resources, request, path, origin } = answer;
  const address = (query: string | null) => query && `${origin}${path}?${query}`;
  return {
    meta: {
      page: request.page,
      page_size: request.page_size,
      first_page_url: address(links.first),
      previous_page_url: address(links.previous),
      url: address(links.self),
      next_page_url: address(links.next),
      key: resource.key,
    },
    [resource.key]: resources,
  };
}

/** `account_sid` → `AccountSid`. */
function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function xmlOf(element: string, value: Fields): string {
  return writeXml({ name: 'TwilioResponse', children: [elementOf(element, value)] });
}

function xmlListOf({ resource, resources, request, path }: ListAnswer, links: PageLinks): string {
  const address = (query: string | null) => (query === null ? '' : `${path}?${query}`);
  const list: XmlElement = {
    name: resource.list_element,
    attributes: {
      page: String(request.page),
      pagesize: String(request.page_size),
      uri: address(links.self),
      firstpageuri: address(links.first),
      previouspageuri: address(links.previous),
      nextpageuri: address(links.next),
    },
    children: resources.map((row) => elementOf(resource.element, row as Fields)),
  };
  return writeXml({ name: 'TwilioResponse', children: [list] });
}

function elementOf(name: string, value: Fields): XmlElement {
  const children = Object.entries(value).map(([field, content]) => childOf(field, content));
  return { name, children };
}

function childOf(field: string, content: unknown): XmlElement {
  const name = pascalCase(field);
  if (content === null || content === undefined) return { name };
  if (Array.isArray(content)) {
    const item = name.replace(/s$/, '');
    return { name, children: content.map((text) => ({ name: item, text: String(text) })) };
  }
  if (typeof content === 'object') {
    // JSON has the capability `sms` a second time as `SMS`, for old and new clients; XML has `SMS`.
    const isTwice = (key: string) => key !== key.toUpperCase() && key.toUpperCase() in content;
    const children = Object.entries(content)
      .filter(([key]) => !isTwice(key))
      .map(([key, value]) => ({ name: pascalCase(key), text: withoutSuffix(String(value)) }));
    return { name, children };
  }
  const text = textOf(content);
  return { name, text: /(?:^|_)uri$/.test(field) ? withoutSuffix(text) : text };
}

/** Addresses in XML have no suffix, because a path without a suffix answers in XML. */
function withoutSuffix(uri: string): string {
  return uri.replace(/\.json(?=\?|$)/, '');
}

/** CSV has no nested values. A text that a spreadsheet would run as a formula is marked as text. */
async function csvOf(resource: Resource, rows: readonly Fields[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  const columns = csvColumns(resource, rows);
  return stringify(
    rows.map((row) => columns.map((column) => cell(row[column]))),
    {
      header: true,
      columns: columns.map(pascalCase),
      escape_formulas: true,
      // An unquoted CR or LF would end the record, and the rest of the text could start a formula.
      quoted_match: /[\r\n]/,
      record_delimiter: 'windows',
    },
  );
}

function csvColumns(resource: Resource, rows: readonly Fields[]): string[] {
  const { shape } = resource.schema as unknown as { shape: Record<string, unknown> };
  const [first] = rows;
  const nested = (name: string) => {
    const value = first?.[name];
    return ['capabilities', 'links', 'subresource_uris'].includes(name) || isNested(value);
  };
  return Object.keys(first ?? shape).filter((name) => !nested(name));
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
