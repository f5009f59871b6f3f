/** The types that the scripts of the sandbox share; they exist for the checks of types only. */

/** A value as it is shown: `outcome.ts` has the same form for its readers. */
export interface ShownValue {
  kind: string;
  type?: string;
  text: string;
  entries?: ShownEntry[];
  more?: number;
  length?: number | null;
}

interface ShownEntry {
  key: string;
  value: ShownValue;
}

/** The functions that make text of values and errors. */
export interface Values {
  show(value: unknown): string;
  say(values: readonly unknown[]): string;
  explain(thrown: unknown): string;
}

/** A callback as Node.js knows them: an error first, then a value. */
type Done = (error: unknown, value?: unknown) => void;

/** A callback in the place of an argument; it may be missing or be anything else. */
type MaybeDone = Done | undefined;

/** The answers of the host, by the names of the questions (`host-services.ts`). */
interface Answers {
  now: number;
  log: null;
  missed: null;
  timeout: null;
  url: Record<string, string>;
  query: string | [string, string][];
  base64: string;
  load: string;
  dialog: string | boolean | null;
  raml: Api;
  http: HttpAnswer;
  authenticate: { id: string; username: string };
}

export interface HttpAnswer {
  status: number;
  headers: [string, string][];
  text: string;
  request: unknown;
  duration_ms: number;
}

export interface Kit {
  /** Asks the host; it throws the errors that the host answers. */
  call<Name extends keyof Answers>(name: Name, payload: unknown): Answers[Name];
  load(url: unknown, done?: MaybeDone): unknown;
  nextTimer(): number | null;
  fireTimer(now: number): void;
  property<Target extends object>(target: Target, name: string, value: unknown): Target;
  /** Like `property`, but the property is not enumerable. */
  hidden<Target extends object>(target: Target, name: string, value: unknown): Target;
  global(name: string, value: unknown): void;
  answering(done: unknown, make: () => unknown): unknown;
  watch(told: (error: unknown) => void): void;
}

export interface Timer {
  id: number;
  due: number;
  run: (...given: unknown[]) => unknown;
  given: unknown[];
  again: number | null;
}

/** The state of the cell that runs. */
export interface RunningCell {
  index: number;
  state: 'waiting' | 'ok' | 'failed';
  value: unknown;
  by_done: boolean;
}

/** Fields of a query, of a form or of headers, by their names. */
export type Fields = Record<string, unknown>;

/** The settings that a client has, and those that one request may have in addition. */
export interface Settings {
  body?: unknown;
  baseUri?: string;
  baseUriParameters?: Fields;
  proxy?: unknown;
  beforeSend?: (request: object) => void;
  query?: string | Fields;
  headers?: Fields;
  uriParameters?: Fields;
}

/** The steps that may follow after a part of a path. */
export interface ApiNode {
  verbs: Record<string, string | null>;
  extension: { verbs: Record<string, string | null>; values: string[] } | null;
  members: { name: string; node: ApiNode }[];
  methods: ApiMethod[];
}

/** A step with values, such as `AccountSid(…)`. */
export interface ApiMethod {
  name: string;
  prefix: string;
  parameters: { name: string; only: string | null }[];
  node: ApiNode;
}

export interface Api {
  base_uri: string;
  version: string | null;
  base_uri_parameters: Fields;
  root: ApiNode;
}

/** The description of a client, its settings and its credentials. */
export interface ClientState {
  api: Api;
  config: Settings;
  auth: string | null;
}

/** The verb at the end of a path. */
interface Verb {
  method: string;
  path: string;
  /** The type of body that the description names. */
  declared: string | undefined;
}

export interface Requests {
  send(state: ClientState, verb: Verb, given: unknown, config: Settings | undefined): object;
  template(text: string, parameters: Fields): string;
}

declare global {
  /** The class that `urls.js` defines. */
  var URLSearchParams: new (init: string) => Iterable<[string, string]>;
}
