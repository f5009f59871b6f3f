import type { Endpoint } from '../http/endpoint.ts';
import { snakeCase } from '../http/fields.ts';
import { checkErrors, errorPath } from './check-errors.ts';
import { checkPaging, readPage } from './check-list.ts';
import { misfitsOf, shown } from './compare-shape.ts';
import { Reader, type Remote, type Reply, type Send } from './remote.ts';

/** What a server does otherwise than it is described. */
export interface Difference {
  /** `GET /2010-04-01/Accounts/AC….json`. */
  readonly request: string;
  readonly problem: string;
}

export interface Conformance {
  readonly differences: readonly Difference[];
  /** The operations that were compared. */
  readonly checked: readonly string[];
  /** The operations that could not be, and why. */
  readonly unchecked: readonly { readonly operation: string; readonly reason: string }[];
  readonly requests: number;
}

/** How many rows of a list are compared. */
const PAGE_SIZE = 50;
/** Differences of one kind in one answer that are told one by one. */
const MAX_TOLD = 20;
/** How many things of a list are looked into for what is below them. */
const MAX_TRIED = 20;

type Json = Record<string, unknown>;

/**
 * Compares what a server answers with what is described here: every operation that reads, as far
 * as the account has something to read. Nothing is ever sent but GET.
 * @throws NetworkError where the server does not answer; RefusedError where it refuses the credentials
 */
export async function checkServer(
  endpoints: readonly Endpoint[],
  remote: Remote,
  send: Send,
): Promise<Conformance> {
  const check = new Check(endpoints, remote, send);
  return check.run();
}

/** The credentials are not good for what is to be compared. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

class Check {
  readonly #reads: readonly Endpoint[];
  readonly #remote: Remote;
  readonly #reader: Reader;
  readonly #differences = new Map<string, Difference>();
  readonly #checked: string[] = [];
  readonly #unchecked: { operation: string; reason: string }[] = [];
  /** The first things of each list, by the list's path. */
  readonly #listed = new Map<string, readonly Json[]>();

  constructor(endpoints: readonly Endpoint[], remote: Remote, send: Send) {
    this.#reads = endpoints.filter(({ method }) => method === 'GET');
    this.#remote = remote;
    this.#reader = new Reader(remote, send);
  }

  async run(): Promise<Conformance> {
    await this.#demandCredentials();
    for (const endpoint of this.#reads) {
      const path = await this.#pathOf(endpoint.path);
      if (path === null || !this.#isOffered(path)) {
        this.#unchecked.push({ operation: endpoint.id, reason: 'the account has none' });
        continue;
      }
      if (endpoint.kind === 'list') await this.#checkList(endpoint, path);
      else await this.#checkOne(endpoint, path);
    }
    await checkErrors(this.#reader, this.#remote, this.#tell);
    return {
      differences: [...this.#differences.values()],
      checked: this.#checked,
      unchecked: this.#unchecked,
      requests: this.#reader.requests,
    };
  }

  async #demandCredentials(): Promise<void> {
    const path = `/2010-04-01/Accounts/${this.#remote.account_sid}.json`;
    const { status, json } = await this.#reader.get(path);
    if (status === 401 || status === 403) {
      const told = shown((json as Json | undefined)?.['message']);
      throw new RefusedError(
        `${this.#remote.api} refuses these credentials: HTTP ${status}, ${told}`,
      );
    }
  }

  /** Told once, whatever the id in the path was. */
  readonly #tell = (path: string, problem: string): void => {
    const request = `GET ${path}`;
    const kind = `${errorPath(path)} ${problem.replaceAll(/\[\d+\]/g, '[]').replace(/, and is .*$/s, '')}`;
    const told = [...this.#differences.values()].filter((one) => one.request === request).length;
    if (!this.#differences.has(kind) && told < MAX_TOLD) {
      this.#differences.set(kind, { request, problem });
    }
  };

  /** Puts what the account has in the place of parameters; null where it has no such thing. */
  #pathOf(template: string): Promise<string | null> {
    return this.#complete('', template.split('/').slice(1), template);
  }

  /** Goes on from a path that is complete so far; not every message has media. */
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

  /** Whether a thing that names what is below it names this: no country has all kinds of numbers. */
  #isOffered(path: string): boolean {
    const [list, id] = [path.split('/').slice(0, -2).join('/'), path.split('/').at(-2)];
    const above = this.#listed
      .get(list)
      ?.find((item) => item['sid'] === id || item['country_code'] === id);
    const below = above?.['subresource_uris'];
    if (typeof below !== 'object' || below === null) return true;
    return Object.values(below).some((uri) => String(uri).replace(/\.json$/, '') === path);
  }

  /** The names of the first things in the list at `path`. */
  async #idsIn(path: string, template: string, parameter: string): Promise<string[]> {
    if (path.endsWith('/Accounts')) return [this.#remote.account_sid];
    const list = template.slice(0, template.indexOf(`/${parameter}`));
    const endpoint = this.#reads.find((one) => one.kind === 'list' && one.path === list);
    if (!endpoint) return [];
    let found = this.#listed.get(path);
    if (!found) {
      const reply = await this.#reader.get(path + suffixOf(endpoint));
      const page = readPage(endpoint, path, reply, PAGE_SIZE, () => {});
      found = page?.items.slice(0, MAX_TRIED) ?? [];
      this.#listed.set(path, found);
    }
    return found
      .map((item) => item['sid'] ?? item[snakeCase(parameter.slice(1))])
      .filter((id) => typeof id === 'string');
  }

  async #checkList(endpoint: Endpoint, at: string): Promise<void> {
    this.#checked.push(endpoint.id);
    const path = at + suffixOf(endpoint);
    const whole = 'all' in endpoint.handle;
    const query = whole ? '' : `?PageSize=${PAGE_SIZE}`;
    const reply = await this.#reader.get(path + query);
    if (!this.#isJson(path, reply)) return;
    const page = readPage(endpoint, path, reply, PAGE_SIZE, this.#tell);
    if (!page) return;
    await checkPaging(this.#reader, endpoint, path, this.#tell);
    await this.#checkXml(endpoint, at);
  }

  async #checkOne(endpoint: Endpoint, at: string): Promise<void> {
    this.#checked.push(endpoint.id);
    const path = at + suffixOf(endpoint);
    const reply = await this.#reader.get(path);
    if (!this.#isJson(path, reply)) return;
    for (const { place, rule } of misfitsOf(endpoint.resource.schema, reply.json)) {
      this.#tell(path, `${place === '' ? 'the answer' : place} ${rule}`);
    }
    const own = reply.json as Json | undefined;
    const listed = this.#listed
      .get(at.slice(0, at.lastIndexOf('/')))
      ?.find(({ sid }) => sid !== undefined && sid === own?.['sid']);
    if (listed && own) this.#checkSame(path, listed, own);
    if (!endpoint.bytes) await this.#checkXml(endpoint, at);
  }

  /** A thing looks the same alone as it does in its list. */
  #checkSame(path: string, listed: Json, own: Json): void {
    for (const [name, value] of Object.entries(own)) {
      if (JSON.stringify(listed[name]) !== JSON.stringify(value)) {
        const both = `${shown(listed[name])} there and ${shown(value)} here`;
        this.#tell(path, `${name} differs from what its list says, and is ${both}`);
      }
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
    if (type !== 'application/json') {
      this.#tell(path, `must be application/json, and is ${shown(type)}`);
    }
    if (header('twilio-request-id') === null) this.#tell(path, 'has no header Twilio-Request-Id');
    return true;
  }

  /** Paths of 2010 without a suffix are XML (twilio-contract §2.2). */
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

function suffixOf({ path }: Endpoint): string {
  return path.startsWith('/2010-04-01/') ? '.json' : '';
}
