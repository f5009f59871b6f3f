import { POLICY } from '../access/policy.ts';
import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Json } from './describe.ts';

/** What the OpenAPI document says in sentences, and how it is divided. */

/** The tag of an operation, by which generators make classes: the list below the account. */
export function tagOf({ path }: Pick<Endpoint, 'path'>): string {
  const [, below] = /^\/2010-04-01\/Accounts\/:AccountSid\/(\w+)/.exec(path) ?? [];
  return below ?? /^\/v1\/(\w+)/.exec(path)?.[1] ?? 'Accounts';
}

export function tagOfList(name: string): Json {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return { name, description: `${words}, and what is below them` };
}

export const CONTROL_TAG = {
  name: 'Control',
  description: 'The control API: what operators and tests do with the platform itself',
};

/** What an operation does, and who may do it. */
export function descriptionOf(endpoint: Endpoint): string {
  const { summary, kind, handle, absent } = endpoint;
  const isPaged = kind === 'list' && 'pages' in handle && !absent;
  return [
    `${summary}.`,
    ...(isPaged ? ['Answers with a page; its links lead to the others.'] : []),
    ...(absent ? ['The list is always empty, for programs that go through all lists.'] : []),
    accessOf(endpoint),
  ].join(' ');
}

function accessOf({ operation }: Endpoint): string {
  const { own, others } = POLICY[operation].connect_app;
  const words = { grant: 'with any permission', never: 'never' };
  const said = (need: string) => words[need as keyof typeof words] ?? `with ${need}`;
  return own === 'never'
    ? 'A Connect app may not.'
    : `A Connect app may in its own subaccount ${said(own)}, in its customer's other accounts ${said(others)}.`;
}

export function controlDescriptionOf({ summary, development_only }: ControlEndpoint): string {
  const only = development_only ? ' It does not exist in production.' : '';
  return `${summary}.${only}`;
}

/**
 * The same with each long enumeration that has a title put into `named`, once, and a reference in
 * its place.
 */
export function withReferences<T>(value: T, named: Record<string, Json>): T {
  if (Array.isArray(value)) return value.map((one) => withReferences<unknown>(one, named)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const { title, enum: words } = value as Json;
  if (typeof title === 'string' && Array.isArray(words)) {
    named[title] ??= value as Json;
    return { $ref: `#/components/schemas/${title}` } as T;
  }
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    withReferences<unknown>(one, named),
  ]);
  return Object.fromEntries(entries) as T;
}
