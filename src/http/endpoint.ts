import type { z } from 'zod';
import type { Operation } from '../access/policy.ts';
import type { Principal } from '../access/principal.ts';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { Db } from '../db/open-database.ts';
import { type Fields, fields, type InputOf } from './fields.ts';
import type { Resource } from './resource.ts';

/**
 * One operation of the API as data: the server, the access check, the descriptions, the tests
 * and the fuzzer read this and nothing else. The constructors below are the five things that
 * can be done with a resource; each fixes the method and the status of success.
 */
export interface Endpoint {
  /** Unique; the OpenAPI `operationId`. */
  readonly id: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `:Name` for a parameter, and without a suffix. */
  readonly path: string;
  readonly operation: Operation;
  /** A list is read in pages, with the filters of `input` in the query. */
  readonly kind: 'list' | 'fetch' | 'create' | 'update' | 'delete';
  readonly status: 200 | 201 | 204;
  readonly input: Fields;
  readonly resource: Resource;
  readonly handle: Handler;
}

/** A read answers from the database, a write from the transaction that it happens in. */
type Handler =
  | { readonly pages: ListHandler }
  | { readonly reads: (call: Call) => Promise<unknown> }
  | { readonly writes: (call: Call & Act) => Promise<unknown> };

export type ListHandler = (call: Call, page: PageRequest) => Promise<PageOfResources>;

/** What every handler gets. */
export interface Call<Path extends string = string, Input = unknown> {
  readonly app: App;
  readonly db: Db;
  readonly principal: Principal;
  /** The account that the request is about: the path's, or on v1 the caller's own. */
  readonly account_sid: string;
  readonly path: PathParameters<Path>;
  readonly input: Input;
  /** `https://host`, the start of absolute URLs in the answer. */
  readonly origin: string;
}

type PathParameters<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : Path extends `${string}:${infer Name}/${infer Rest}`
    ? { readonly [Key in Name]: string } & PathParameters<Rest>
    : Path extends `${string}:${infer Name}`
      ? { readonly [Key in Name]: string }
      : unknown;

interface Common<Path extends string, F extends Fields, T> {
  readonly id: string;
  readonly summary: string;
  readonly path: Path;
  readonly operation: Operation;
  readonly input?: F;
  readonly resource: Resource<T>;
}

type Read<Path extends string, F extends Fields, R> = (call: Call<Path, InputOf<F>>) => Promise<R>;
type Write<Path extends string, F extends Fields, R> = (
  call: Call<Path, InputOf<F>> & Act,
) => Promise<R>;

type NoFields = z.ZodObject<Record<never, never>>;

/** What a list's handler found, and how it looks from outside. */
export interface PageOfResources {
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

/** `GET` of one resource. */
export function fetchEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Read<Path, F, T> },
): Endpoint {
  const handle = { reads: spec.handle } as Handler;
  return { ...common(spec), kind: 'fetch', method: 'GET', status: 200, handle };
}

/** `POST` to a list, which answers 201 with what it made. */
export function createEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Write<Path, F, T> },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  return { ...common(spec), kind: 'create', method: 'POST', status: 201, handle };
}

/** `POST` to one resource: only the parameters that are given change. */
export function updateEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Write<Path, F, T> },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  return { ...common(spec), kind: 'update', method: 'POST', status: 200, handle };
}

/** `DELETE` of one resource, which answers 204 with nothing. */
export function deleteEndpoint<Path extends string, T, F extends Fields = NoFields>(
  spec: Common<Path, F, T> & { handle: Write<Path, F, void> },
): Endpoint {
  const handle = { writes: spec.handle } as Handler;
  return { ...common(spec), kind: 'delete', method: 'DELETE', status: 204, handle };
}

function common<Path extends string, F extends Fields, T>(spec: Common<Path, F, T>) {
  const { id, summary, path, operation } = spec;
  const input = (spec.input ?? fields({})) as Fields;
  return { id, summary, path, operation, input, resource: spec.resource as Resource };
}
