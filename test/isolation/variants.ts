import type { Endpoint } from '../../src/http/endpoint.ts';
import { validForm } from '../support/tenant.ts';
import type { Segment, Tenant } from './tenants.ts';
import { filtersBy, isOnOffer, REFERENCES } from './values.ts';

/** A parameter of a path, its list, and its tenant in one request. */
export interface Placed {
  readonly name: string;
  readonly segment: Segment;
  readonly tenant: Tenant;
}

/** A plain request, or one with a filter or a reference of the target. */
export interface Variant {
  readonly name: string;
  readonly query?: string;
  /** The filter finds things of the target. */
  readonly finds?: boolean;
  readonly form?: Record<string, string>;
  readonly refers?: boolean;
  /** Asked only where the thing is not found. */
  readonly is_for_refusals?: boolean;
}

/** There are no conferences, and a page behind the last one is empty. */
const FINDS_NOTHING: ReadonlySet<string> = new Set(['ConferenceSid', 'PageToken']);

/** Every way to request an endpoint at one path, for each filter and each reference. */
export function* variants(
  endpoint: Endpoint | undefined,
  placed: readonly Placed[],
  self: Tenant,
  target: Tenant,
): Generator<Variant> {
  const form = endpoint?.method === 'POST' ? validForm(endpoint) : null;
  // A path without a thing of the target is requested once, as the caller's own.
  const isOwn = placed.every(({ tenant }) => tenant === self);
  const isTheirs = placed.length > 0 && placed.every(({ tenant }) => tenant === target);
  const isAsked = endpoint ? self === target || !isOwn : isTheirs || (isOwn && self === target);
  if (isAsked) yield { name: '', ...(form && { form }) };
  // An update without fields writes nothing, so only its first read keeps the thing from others.
  if (isAsked && endpoint?.kind === 'update' && endpoint.input.safeParse({}).success) {
    yield { name: ' without fields', form: {}, is_for_refusals: true };
  }
  if (!isOwn || !endpoint) return;
  const names = Object.keys(endpoint.input.shape);
  // Numbers on offer belong to nobody, so no filter finds another tenant's thing.
  if (endpoint.kind === 'list' && !isOnOffer(endpoint.path)) {
    for (const [name, value] of filtersBy(target, names)) {
      const query = new URLSearchParams([[name, value]]).toString();
      yield { name: ` by ${name}`, query, finds: !FINDS_NOTHING.has(name) };
    }
  }
  for (const name of form ? names.filter((one) => one.endsWith('Sid')) : []) {
    const segment = REFERENCES[name];
    if (segment === undefined) throw new Error(`test/isolation/variants.ts: what is ${name}?`);
    if (segment === null) continue;
    // A number may be moved to a subaccount, which numbers-moved.test.ts does.
    const isChild =
      target.account !== null && target.account.owner_account_sid === self.account?.sid;
    if (segment === 'Accounts' && (isChild || target === self)) continue;
    const referring = { ...form, [name]: target.things[segment] as string };
    yield { name: ` with ${name}`, form: referring, refers: true };
  }
}
