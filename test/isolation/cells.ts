import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { COUNTRY } from '../support/tenant.ts';
import {
  codeOf,
  listsFamily,
  OPERATIONS,
  type Relation,
  verdictOn,
  type What,
} from './expected.ts';
import { NOTHINGS, type Segment, segmentOf, type Tenant } from './tenants.ts';
import { holdsNothing } from './values.ts';
import { type Placed, type Variant, variants } from './variants.ts';
import { NOWHERE, type Principal, SELF, type World } from './world.ts';

/** One request of the matrix, with the expected answer. */
export interface Cell {
  readonly principal: Principal;
  /** The name of the target. */
  readonly target: string;
  /** The operation and the form of its request, the same for each principal and target. */
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  /** The path of the URL, which the text of a 404 repeats. */
  readonly path: string;
  readonly form?: Record<string, string>;
  readonly what: What | null;
  readonly status: number;
  readonly code: number | null;
  /** The account that an allowed request is about. */
  readonly account: Tenant;
  /** The tenants whose words and SIDs an answer may hold. */
  readonly shows: ReadonlySet<string>;
  /** SIDs that an allowed read must hold, so that an empty answer is a fault. */
  readonly holds: readonly string[];
  readonly changes: boolean;
  /** Whether the answer must equal the one for a missing account. */
  readonly looks_absent: boolean;
}

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'];
/** The methods that no path of the API has. Each principal tries one of them in turn. */
const UNKNOWN_METHODS = ['PUT', 'PATCH'];
const SUFFIXES = ['.json', '.xml', '.csv', ''];
const SUCCESS = { list: 200, fetch: 200, create: 201, update: 200, delete: 204 } as const;

/** The paths of the route table, each with its parameters and the lists that they are in. */
const TEMPLATES = [...new Set(ROUTES.endpoints.map(({ path }) => path))].map((path) => ({
  path,
  segment: segmentOf(path),
  parameters: [...path.matchAll(/\/(\w+)\/:(\w+Sid|Sid)/g)].map(([, list = '', name = '']) => ({
    name,
    segment: segmentOf(list),
  })),
}));
type Template = (typeof TEMPLATES)[number];

/** Every request of one principal on one target. */
export function* cellsOf(world: World, principal: Principal, name: string): Generator<Cell> {
  const target = name === SELF ? principal.self : (world.targets[name] as Tenant);
  if (name !== SELF && target === principal.self) return;
  const turn = world.principals.indexOf(principal);
  const methods = [...METHODS, inTurn(UNKNOWN_METHODS, turn)];
  for (const template of TEMPLATES) {
    for (const placed of placements(template, principal.self, target)) {
      for (const method of methods) {
        // The answer to a preflight does not depend on the account of the path.
        if (method === 'OPTIONS' && name !== SELF) continue;
        const endpoint = endpointOf(method, template.path);
        const asked = { world, principal, target, template, placed, method, endpoint };
        const all = [...variants(endpoint, placed, principal.self, target)]
          .map((variant) => ({ ...asked, variant }))
          .filter((one) => !one.variant.is_for_refusals || expectationOf(one).status === 404);
        for (const one of withoutRepeats(all, turn)) {
          for (const suffix of suffixesOf(one)) yield cellOf(one, name, suffix);
        }
      }
    }
  }
}

function inTurn<T>(choices: readonly T[], turn: number): T {
  return choices[turn % choices.length] as T;
}

/**
 * A refusal reads no filter, so a refused list is requested by one of its filters in turn. A HEAD
 * shows no rows, so it has no filters.
 */
function withoutRepeats(all: readonly Asked[], turn: number): readonly Asked[] {
  const filtered = all.filter(({ variant }) => variant.query !== undefined);
  const [first] = filtered;
  if (!first) return all;
  const others = all.filter(({ variant }) => variant.query === undefined);
  if (first.method === 'HEAD') return others;
  return expectationOf(first).status === 200 ? all : [...others, inTurn(filtered, turn)];
}

/**
 * An allowed read is requested in every representation. A refused one and one with a filter are
 * requested in one of them in turn: the rows are chosen before they are represented.
 */
function suffixesOf(asked: Asked): readonly string[] {
  if (!asked.template.path.startsWith('/2010-04-01/')) return [''];
  // Usage records and numbers on offer have many rows alike in every account, and absent lists
  // have none. One representation each is enough.
  const { path } = asked.template;
  const isLong = /\/(Usage\/Records|AvailablePhoneNumbers)/.test(path) || NOTHINGS.test(path);
  const isShown =
    asked.method === 'GET' &&
    asked.variant.query === undefined &&
    expectationOf(asked).status === 200;
  // Without a suffix, a recording is its sound.
  if (isShown && asked.template.path.endsWith('/:AccountSid/Recordings/:Sid')) {
    return SUFFIXES.slice(0, -1);
  }
  if (isShown && !isLong) return SUFFIXES;
  const letters = [...operationOf(asked)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const turn = letters + asked.world.principals.indexOf(asked.principal);
  return [inTurn(SUFFIXES, turn)];
}

/** The operation and the form of its request, without principal and target. */
function operationOf({ method, template, variant, placed, principal }: Asked): string {
  const whose = placed.map(({ tenant }) => (tenant === principal.self ? 'own' : "target's"));
  return `${method} ${template.path}${variant.name} [${whose.join(', ')}]`;
}

function endpointOf(method: string, path: string): Endpoint | undefined {
  const same = method === 'HEAD' ? 'GET' : method;
  return ROUTES.endpoints.find((one) => one.path === path && one.method === same);
}

/**
 * Every way to fill a path from the caller's things and the target's: each child below a parent
 * that it belongs to, and below one that it does not.
 */
function placements(template: Template, self: Tenant, target: Tenant): Placed[][] {
  const owners = self === target ? [self] : [self, target];
  let ways: Placed[][] = [[]];
  for (const parameter of template.parameters) {
    ways = ways.flatMap((way) => owners.map((tenant) => [...way, { ...parameter, tenant }]));
  }
  return ways;
}

interface Asked {
  readonly world: World;
  readonly principal: Principal;
  readonly target: Tenant;
  readonly template: Template;
  readonly placed: readonly Placed[];
  readonly method: string;
  readonly endpoint: Endpoint | undefined;
  readonly variant: Variant;
}

function cellOf(asked: Asked, target: string, suffix: string): Cell {
  const { world, principal, template, placed, method, endpoint, variant } = asked;
  const nowhere = world.targets[NOWHERE] as Tenant;
  let path = template.path.replace(':CountryCode', COUNTRY);
  for (const { name, segment, tenant } of placed) {
    const thing = thingAt({ name, segment }, method);
    path = path.replace(`:${name}`, (tenant.things[thing] ?? nowhere.things[thing]) as string);
  }
  path += suffix;
  const { query, form } = variant;
  return {
    principal,
    target,
    operation: `${operationOf(asked)} ${suffix}`,
    method,
    url: query === undefined ? path : `${path}?${query}`,
    path,
    ...(form && { form: principal.who.is === 'tester' ? pretendedForm(form) : form }),
    account: accountOf(asked),
    what: endpoint ? whatOf(endpoint) : null,
    ...expectationOf(asked),
  };
}

/** A live call can be changed, and an ended call can be deleted. */
function thingAt({ name, segment }: Pick<Placed, 'name' | 'segment'>, method: string): Segment {
  if (name === 'Sid' && segment === 'Calls' && method === 'DELETE') return 'EndedCalls';
  if (name === 'Sid' && segment === 'Recordings' && method === 'POST') return 'RunningRecordings';
  return segment;
}

/** The same form with numbers that work with test credentials. */
function pretendedForm(form: Record<string, string>): Record<string, string> {
  const magic = Object.keys(form).filter((name) => name === 'PhoneNumber' || name === 'From');
  return { ...form, ...Object.fromEntries(magic.map((name) => [name, '+15005550006'])) };
}

function whatOf({ method, path }: Endpoint): What {
  const what = OPERATIONS[`${method} ${path}`];
  if (!what) throw new Error(`test/isolation/expected.ts has no line for ${method} ${path}`);
  return what;
}

/** The account of a request: that of the path, or the caller's own. */
function accountOf({ placed, principal }: Asked): Tenant {
  return placed.find(({ name }) => name === 'AccountSid')?.tenant ?? principal.self;
}

function relationOf({ self }: Principal, other: Tenant): Relation {
  if (other === self) return 'self';
  if (!other.account || !self.account) return 'stranger';
  if (other.account.owner_account_sid === self.account.sid) return 'child';
  const isFamily = other.account.owner_account_sid === self.account.owner_account_sid;
  return isFamily ? 'family' : 'stranger';
}

type Expectation = Pick<Cell, 'status' | 'code' | 'shows' | 'holds' | 'changes' | 'looks_absent'>;

function expectationOf(asked: Asked): Expectation {
  const { principal, target, placed, method, endpoint, variant } = asked;
  const account = accountOf(asked);
  const isForeign = variant.refers === true || placed.some(({ tenant }) => tenant === target);
  const looks_absent =
    target !== principal.self &&
    isForeign &&
    (account !== target || relationOf(principal, target) === 'stranger');
  const nothing = { shows: new Set<string>(), holds: [], changes: false, looks_absent };
  const refused = (status: number) => ({
    ...nothing,
    status,
    code: codeOf(principal.who, status),
  });
  if (method === 'OPTIONS') return { ...refused(204), code: null };
  if (!endpoint) return refused(NOTHINGS.test(asked.template.path) ? 404 : 405);
  const what = whatOf(endpoint);
  const operation = `${endpoint.method} ${endpoint.path}`;
  const verdict = verdictOn(principal.who, operation, relationOf(principal, account));
  if (verdict !== 'yes') return refused(verdict);
  const below = placed.filter(({ name }) => name !== 'AccountSid');
  if (
    !below.every(({ tenant, segment }) => tenant === account && tenant.things[segment] !== null)
  ) {
    return refused(404);
  }
  if (variant.refers && target !== account) return refused(400);
  return {
    status: SUCCESS[endpoint.kind],
    code: null,
    changes: endpoint.method !== 'GET' && principal.who.is !== 'tester',
    looks_absent,
    ...contentOf(asked, what),
  };
}

/** The content that the answer to an allowed request may have and must have. */
function contentOf(asked: Asked, what: What): Pick<Expectation, 'shows' | 'holds'> {
  const { world, principal, template, method, variant } = asked;
  const account = accountOf(asked);
  // The filters have values of the target, so in the own account they find the own things.
  const findsOwn = asked.target === principal.self && variant.finds === true;
  const isWhole = method === 'GET' && (variant.query === undefined || findsOwn);
  if (what === 'accounts') {
    const owner = principal.self.account?.owner_account_sid;
    const family = world.tenants.filter((one) => one.account?.owner_account_sid === owner);
    const listed = listsFamily(principal.who) ? family : [principal.self];
    const found = findsOwn ? [principal.self] : listed;
    return {
      shows: new Set(listed.map(({ name }) => name)),
      holds: isWhole ? found.map(({ things }) => things.Accounts as string) : [],
    };
  }
  const apps =
    what === 'own apps' ? account.apps : what === 'authorised apps' ? account.authorised : [];
  const sid = account.things[template.segment];
  return {
    shows: new Set([account.name, ...apps]),
    holds: isWhole && sid !== null && !holdsNothing(template.path) ? [sid] : [],
  };
}
