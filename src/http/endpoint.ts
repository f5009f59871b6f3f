import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Operation } from '../access/policy.ts';
import type { Principal } from '../access/principal.ts';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { Db, Tx } from '../db/database.ts';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Resource } from './answers/resource.ts';
import { type Fields, fields, type InputOf } from './parameters/fields.ts';
import type { PathParameters } from './path-parameters.ts';

/**
 * One operation of the API as data. The server, the access check, the descriptions, the tests and
 * the fuzzer all read it. The constructors below make the five kinds of operation that a resource
 * can have; each sets the method and the status of success.
 */
export interface Endpoint {
  /** Unique; the OpenAPI `operationId`. */
  readonly id: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The path, with `:Name` for a parameter and without a suffix. */
  readonly path: string;
  readonly operation: Operation;
  /** A `list` is read in pages, with the filters of `input` in the query. */
  readonly kind: 'list' | 'fetch' | 'create' | 'update' | 'delete';
  readonly status: 200 | 201 | 204;
  readonly input: Fields;
  readonly resource: Resource;
  readonly handle: Handler;
  /**
   * For a write of usage: reads the rows that its handler will read, ahead of it and together with
   * those of other requests. The caller's main account is locked then if it is free.
   */
  readonly foresees?: (tx: Tx, call: Call) => Promise<unknown>;
  /** Makes the answer to test credentials. An endpoint without it refuses them. */
  readonly pretends?: (call: PretendedCall) => unknown;
  /**
   * For a resource with a file: a path with one of the file's suffixes answers with its content.
   */
  readonly bytes?: BytesOf;
  /** Marks an operation that can end access. It is never refused in an overload. */
  readonly ends_access?: true;
  /** Marks the list of a resource that is not part of the product; it is always empty. */
  readonly absent?: true;
}

/** The content of a file that a resource describes. */
export interface Bytes {
  readonly type: string;
  readonly body: Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

interface BytesOf {
  /** Each with its dot, or empty. A path with one of these suffixes answers with the content. */
  readonly suffixes: readonly string[];
  readonly read: (call: Call, suffix: string) => Promise<Bytes>;
}

/** A read answers from the database. A write runs in a transaction and answers from it. */
type Handler =
  | { readonly pages: ListHandler }
  | { readonly all: WholeListHandler }
  | RecordHandler
  | { readonly writes: (call: Call & Act) => Promise<unknown> };

/** A read of the record at a path, in two steps: the rows, and their outside form. */
export interface RecordHandler {
  /** Reads the rows, before it is known who asks. They go no further if the caller is refused. */
  readonly finds: (place: Place) => Promise<unknown>;
  readonly presents: (found: unknown, call: Call) => unknown;
}

/** A list without a table and without pages: it answers with the first items. */
export interface WholeListHandler {
  readonly read: (call: Call, page_size: number) => Promise<readonly unknown[]>;
  /** The number of items when the request has no `PageSize`. */
  readonly page_size: number;
}

export type ListHandler = (call: Call, page: PageRequest) => Promise<PageOfResources>;

/** The place of a record: its account, and the parameters of its path. */
export type Place<Path extends string = string> = Pick<
  Call<Path>,
  'app' | 'db' | 'account_sid' | 'path'
>;

/** The argument of every handler. */
export interface Call<Path extends string = string, Input = unknown> {
  readonly app: App;
  readonly db: Db;
  readonly principal: Principal;
  /** The account that the request is about: the one in the path, or on v1 the caller's own. */
  readonly account_sid: string;
  /** Its main account, which is the caller's too. */
  readonly root_sid: string;
  readonly path: PathParameters<Path>;
  readonly input: Input;
  /** `https://host`, the start of absolute URLs in the answer. */
  readonly origin: string;
  /** The header `Tieline-Hops`: docs/contract/messages.md, "Loops". */
  readonly hops: number;
}

/** The argument of `pretends`: the request, without any way to store something. */
export interface PretendedCall<Path extends string = string, Input = unknown> {
  readonly newSid: App['newSid'];
  readonly now: EpochMs;
  /** The SID of the test credentials. */
  readonly account_sid: string;
  readonly path: PathParameters<Path>;
  readonly input: Input;
}

interface Common<Path extends string, F extends Fields, T> {
  readonly id: string;
  readonly summary: string;
  readonly path: Path;
  readonly operation: Operation;
  readonly input?: F;
  readonly resource: Resource<T>;
  readonly ends_access?: true;
}

type Write<Path extends string, F extends Fields, R> = (
  call: Call<Path, InputOf<F>> & Act,
) => Promise<R>;

type NoFields = z.ZodObject<Record<never, never>>;

/** The rows that a list's handler found, and their outside form. */
interface PageOfResources {
  readonly found: Page<Position>;
  readonly resources: readonly unknown[];
}

/** `GET` of a list, in pages; `input` are its filters and `present` shows one row. */
export function listEndpoint<
  Path extends string,
  T,
  Row extends Position,
  F extends Fields = NoFields,
>(
  spec: Common<Path, F, T> & {
    handle: (call: Call<Path, InputOf<F>>, page: PageRequest) => Promise<Page<Row>>;
    present: (row: Row, call: Call<Path, InputOf<F>>) => T;
  },
): Endpoint {
  const pages = async (anyCall: Call, page: PageRequest): Promise<PageOfResources> => {
    const call = anyCall as unknown as Call<Path, InputOf<F>>;
    const found = await spec.handle(call, page);
    return { found, resources: found.rows.map((row) => spec.present(row, call)) };
  };
  return { ...common(spec), kind: 'list', method: 'GET', status: 200, handle: { pages } };
}

/**
 * `GET` of a list without pages. The answer has the items and the list's `uri`, and `PageSize`
 * limits the number of items.
 */
export function wholeListEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & {
    page_size: number;
    handle: (call: Call<Path, InputOf<F>>, page_size: number) => Promise<readonly T[]>;
  },
): Endpoint {
  const read = spec.handle as WholeListHandler['read'];
  const handle = { all: { read, page_size: spec.page_size } };
  return { ...common(spec), kind: 'list', method: 'GET', status: 200, handle };
}

/**
 * `GET` of one resource. `find` reads its rows, or `undefined` for a 404, and `present` shows them.
 *
 * On PostgreSQL the rows are read in one round trip with the caller's credentials. So `find` sends all
 * its queries at once, each names the account, and none depends on the caller.
 *
 * With `bytes`, a path with one of the `suffixes` answers with the content. The default is the path
 * without a suffix, which then answers with the content instead of XML.
 */
export function fetchEndpoint<
  Path extends string,
  T,
  Found extends object,
  F extends Fields = NoFields,
>(
  spec: Common<Path, F, T> & {
    find: (place: Place<Path>) => Promise<Found | undefined>;
    present: (found: Found, call: Call<Path, InputOf<F>>) => T;
    bytes?: (call: Call<Path, InputOf<F>>, suffix: string) => Promise<Bytes>;
    suffixes?: readonly string[];
  },
): Endpoint {
  const handle = { finds: spec.find, presents: spec.present } as RecordHandler;
  const read = spec.bytes as BytesOf['read'] | undefined;
  const bytes = read && { bytes: { suffixes: spec.suffixes ?? [''], read } };
  return { ...common(spec), ...bytes, kind: 'fetch', method: 'GET', status: 200, handle };
}

/**
 * `POST` to a list, which answers 201 with the new resource. With `pretends`, test credentials may
 * send it too, and the answer shows the resource that it would have made.
 */
export function createEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & {
    handle: Write<Path, F, T>;
    foresees?: (tx: Tx, call: Call<Path, InputOf<F>>) => Promise<unknown>;
    pretends?: (call: PretendedCall<Path, InputOf<F>>) => T;
  },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  const foresees = spec.foresees as Endpoint['foresees'];
  const pretends = spec.pretends as Endpoint['pretends'];
  const more = { ...(foresees && { foresees }), ...(pretends && { pretends }) };
  return { ...common(spec), ...more, kind: 'create', method: 'POST', status: 201, handle };
}

/** `POST` to one resource: only the parameters that are given change. */
export function updateEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Write<Path, F, T> },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  return { ...common(spec), kind: 'update', method: 'POST', status: 200, handle };
}

/** `DELETE` of one resource, which answers 204 without a body. */
export function deleteEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Write<Path, F, void> },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  return { ...common(spec), kind: 'delete', method: 'DELETE', status: 204, handle };
}

function common<Path extends string, F extends Fields, T>(spec: Common<Path, F, T>) {
  const { id, summary, path, operation, ends_access } = spec;
  const input = (spec.input ?? fields({})) as Fields;
  const resource = spec.resource as Resource;
  return { id, summary, path, operation, input, resource, ...(ends_access && { ends_access }) };
}
