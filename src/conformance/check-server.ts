import type { Endpoint } from '../http/endpoint.ts';
import { snakeCase } from '../http/parameters/fields.ts';
import { NetworkError } from '../notebooks/run/host.ts';
import { checkErrors, errorPath } from './check-errors.ts';
import { checkPaging, readPage } from './check-list.ts';
import { isObject, misfitsOf, shown, shownAt } from './compare-shape.ts';
import { findReach, isWithheld, type Reach } from './reach.ts';
import { Reader, type Remote, type Reply, type Send } from './remote.ts';

/** A difference between a server's answer and its description. */
interface Difference {
  /** `GET /2010-04-01/Accounts/AC….json`. */
  readonly request: string;
  readonly problem: string;
}

export interface Conformance {
  readonly differences: readonly Difference[];
  /** The operations that were compared. */
  readonly checked: readonly string[];
  /** The operations that could not be compared, with the reasons. */
  readonly unchecked: readonly { readonly operation: string; readonly reason: string }[];
  readonly requests: number;
}

/** Of each list, at most this many rows are compared. */
const PAGE_SIZE = 50;
/** Of each answer, at most this many differences are reported. */
const MAX_TOLD = 20;
/** Of each list, at most this many items are searched for the resources below them. */
const MAX_TRIED = 20;
/** After this many requests without an answer the check ends. */
const MAX_UNANSWERED = 3;

/** The reasons why an operation could not be compared. */
const NONE = 'the account has none';
const UNREADABLE = 'the list of its SIDs differs from its description';
const WITHHELD = 'these credentials may not read it';
const UNANSWERED = 'the server did not answer';
const SILENT = 'the server had stopped answering';

type Json = Record<string, unknown>;

/**
 * Compares a server's answers with this API's description. It tries every operation that reads, if
 * the account has something to read. It sends only GET requests.
 * @throws NetworkError when the server does not answer
 * @throws RefusedError when the server refuses the credentials
 */
export async function checkServer(
  endpoints: readonly Endpoint[],
  remote: Remote,
  send: Send,
): Promise<Conformance> {
  const check = new Check(endpoints, remote, send);
  return check.run();
}

class Check {
  readonly #reads: readonly Endpoint[];
  readonly #remote: Remote;
  readonly #reader: Reader;
  readonly #differences = new Map<string, Difference>();
  readonly #checked: string[] = [];
  readonly #unchecked: { operation: string; reason: string }[] = [];
  /** The first items of each list, by the list's path. */
  readonly #listed = new Map<string, readonly Json[]>();
  /** The reasons why lists could not be read, by the lists' paths. */
  readonly #unlisted = new Map<string, string>();
  /** The reason for an operation whose path cannot be completed. */
  #missing = NONE;
  #unanswered = 0;
  #reach: Reach = { is_whole: true };

  constructor(endpoints: readonly Endpoint[], remote: Remote, send: Send) {
    this.#reads = endpoints.filter(({ method }) => method === 'GET');
    this.#remote = remote;
    this.#reader = new Reader(remote, send);
  }

  async run(): Promise<Conformance> {
    this.#reach = await findReach(this.#reader, this.#remote);
    for (const endpoint of this.#reads) await this.#attempt(endpoint);
    if (this.#unanswered < MAX_UNANSWERED) {
      await checkErrors(this.#reader, this.#remote, this.#reach, this.#tell).catch(
        (error: unknown) => this.#tellUnanswered(error),
      );
    }
    return {
      differences: [...this.#differences.values()],
      checked: this.#checked,
      unchecked: this.#unchecked,
      requests: this.#reader.requests,
    };
  }

  /** Compares an operation, if there is something to read. A missing answer is a difference. */
  async #attempt(endpoint: Endpoint): Promise<void> {
    const { id, kind } = endpoint;
    if (this.#unanswered >= MAX_UNANSWERED) return this.#leave(id, SILENT);
    try {
      this.#missing = NONE;
      const path = await this.#pathOf(endpoint.path);
      if (path === null || !this.#isOffered(path)) {
        return this.#leave(id, this.#missing);
      }
      const at = path + suffixOf(endpoint);
      const reply = await this.#reader.get(
        kind === 'list' && !isWhole(endpoint) ? `${at}?PageSize=${PAGE_SIZE}` : at,
      );
      if (isWithheld(this.#reach, endpoint, reply)) return this.#leave(id, WITHHELD);
      this.#checked.push(id);
      if (!this.#isJson(at, reply)) return;
      await (kind === 'list'
        ? this.#checkList(endpoint, path, reply)
        : this.#checkOne(endpoint, path, reply));
    } catch (error) {
      this.#tellUnanswered(error);
      if (!this.#checked.includes(id)) this.#leave(id, UNANSWERED);
    }
  }

  #leave(operation: string, reason: string): void {
    this.#unchecked.push({ operation, reason });
  }

  #tellUnanswered(error: unknown): void {
    if (!(error instanceof NetworkError)) throw error;
    this.#unanswered += 1;
    this.#tell(this.#reader.asked, `must have an answer, and has none: ${error.message}`);
  }

  /** Reports a difference. The same difference on paths with other SIDs is reported only once. */
  readonly #tell = (path: string, problem: string): void => {
    const request = `GET ${path}`;
    const kind = `${errorPath(path)} ${problem.replaceAll(/\[\d+\]/g, '[]').replace(/, and is .*$/s, '')}`;
    const told = [...this.#differences.values()].filter((one) => one.request === request).length;
    if (!this.#differences.has(kind) && told < MAX_TOLD) {
      this.#differences.set(kind, { request, problem });
    }
  };

  /** Replaces the parameters of a path by SIDs of the account; null when it has no such thing. */
  #pathOf(template: string): Promise<string | null> {
    return this.#complete('', template.split('/').slice(1), template);
  }

  /** Completes the rest of a path. It tries several SIDs, because not every message has media. */
  async #complete(
    path: string,
    [segment, ...rest]: readonly string[],
    template: string,
  ): Promise<string | null> {
    if (segment === undefined) return path;
    if (!segment.startsWith(':')) return this.#complete(`${path}/${segment}`, rest, template);
    for (const id of await this.#idsIn(path, template, segment)) {
      const found = await this.#complete(`${path}/${id}`, rest, template);
      if (found !== null) return found;
    }
    return null;
  }

  /** Whether the parent lists this path in `subresource_uris`: no country has all number types. */
  #isOffered(path: string): boolean {
    const [list, id] = [path.split('/').slice(0, -2).join('/'), path.split('/').at(-2)];
    const above = this.#listed
      .get(list)
      ?.find((item) => item['sid'] === id || item['country_code'] === id);
    const below = above?.['subresource_uris'];
    if (typeof below !== 'object' || below === null) return true;
    return Object.values(below).some((uri) => String(uri).replace(/\.json$/, '') === path);
  }

  /** The SIDs or names of the first items in the list at `path`. */
  async #idsIn(path: string, template: string, parameter: string): Promise<string[]> {
    if (path.endsWith('/Accounts')) return [this.#remote.account_sid];
    const list = template.slice(0, template.indexOf(`/${parameter}`));
    const endpoint = this.#reads.find((one) => one.kind === 'list' && one.path === list);
    if (!endpoint) return [];
    let found = this.#listed.get(path);
    if (!found) {
      found = await this.#firstOf(endpoint, path);
      this.#listed.set(path, found);
    }
    this.#missing = this.#unlisted.get(path) ?? this.#missing;
    return found
      .map((item) => item['sid'] ?? item[snakeCase(parameter.slice(1))])
      .filter((id) => typeof id === 'string');
  }

  /** Reads the first items of a list. */
  async #firstOf(endpoint: Endpoint, path: string): Promise<readonly Json[]> {
    const reply = await this.#reader.get(path + suffixOf(endpoint));
    const page = readPage(endpoint, { path, reply, page_size: PAGE_SIZE }, () => {});
    if (page) return page.items.slice(0, MAX_TRIED);
    this.#unlisted.set(path, isWithheld(this.#reach, endpoint, reply) ? WITHHELD : UNREADABLE);
    return [];
  }

  async #checkList(endpoint: Endpoint, at: string, reply: Reply): Promise<void> {
    const path = at + suffixOf(endpoint);
    if (!readPage(endpoint, { path, reply, page_size: PAGE_SIZE }, this.#tell)) return;
    await checkPaging(this.#reader, endpoint, path, this.#tell);
    await this.#checkXml(endpoint, at);
  }

  async #checkOne(endpoint: Endpoint, at: string, reply: Reply): Promise<void> {
    const path = at + suffixOf(endpoint);
    for (const { place, rule } of misfitsOf(endpoint.resource.schema, reply.json)) {
      this.#tell(path, `${place === '' ? 'the answer' : place} ${rule}`);
    }
    await this.#checkSame(endpoint, at, reply.json as Json);
    if (!endpoint.bytes) await this.#checkXml(endpoint, at);
  }

  /**
   * Checks that a resource looks the same alone and in its list. The resource may change at any
   * time, so after a difference both are read again.
   */
  async #checkSame(endpoint: Endpoint, at: string, own: Json): Promise<void> {
    const list = at.slice(0, at.lastIndexOf('/'));
    const ofList = this.#reads.find(
      (one) => one.kind === 'list' && one.path === endpoint.path.replace(/\/[^/]*$/, ''),
    );
    const listed = rowOf(this.#listed.get(list), own);
    if (!ofList || !listed || unlike(listed, own).length === 0) return;
    const again = rowOf(await this.#firstOf(ofList, list), own);
    const path = at + suffixOf(endpoint);
    const { json } = await this.#reader.get(path);
    if (!again || !isObject(json)) return;
    const changed = new Set(unlike(own, json));
    for (const name of unlike(again, json).filter((one) => !changed.has(one))) {
      const both = `${shownAt([name], again[name])} there and ${shownAt([name], json[name])} here`;
      this.#tell(path, `${name} differs from its list, and is ${both}`);
    }
  }

  #isJson(path: string, { status, type, text, json, header }: Reply): boolean {
    if (status !== 200) {
      this.#tell(
        path,
        `must be answered with 200, and is answered with ${status}: ${shown(json ?? text)}`,
      );
      return false;
    }
    if (json === undefined) {
      this.#tell(path, `must be JSON, and is ${shown(text)}`);
      return false;
    }
    if (type !== 'application/json') {
      this.#tell(path, `must be application/json, and is ${shown(type)}`);
    }
    if (header('twilio-request-id') === null) this.#tell(path, 'has no header Twilio-Request-Id');
    return true;
  }

  /** Checks that a path of the 2010 API without a suffix returns XML. */
  async #checkXml(endpoint: Endpoint, path: string): Promise<void> {
    if (suffixOf(endpoint) === '') return;
    const reply = await this.#reader.get(path);
    if (reply.status !== 200) this.#tell(path, `must be answered with 200, and is ${reply.status}`);
    else if (!/^(application|text)\/xml$/.test(reply.type)) {
      this.#tell(path, `must be application/xml, and is ${shown(reply.type)}`);
    } else if (!/<TwilioResponse[\s>]/.test(reply.text)) {
      this.#tell(path, `must be XML in a TwilioResponse, and is ${shown(reply.text)}`);
    }
  }
}

/** The row of a list with the SID of a resource. */
function rowOf(rows: readonly Json[] | undefined, { sid }: Json): Json | undefined {
  return rows?.find((row) => sid !== undefined && row['sid'] === sid);
}

/** The names of the fields in which two resources differ. */
function unlike(one: Json, other: Json): string[] {
  return Object.entries(other)
    .filter(([name, value]) => JSON.stringify(one[name]) !== JSON.stringify(value))
    .map(([name]) => name);
}

/** Whether a list has no pages. */
function isWhole({ handle }: Endpoint): boolean {
  return 'all' in handle;
}

function suffixOf({ path }: Endpoint): string {
  return path.startsWith('/2010-04-01/') ? '.json' : '';
}
