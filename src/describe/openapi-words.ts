import { POLICY } from '../access/policy.ts';
import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Json } from './describe.ts';

// This file has the sentences and the tags of the OpenAPI document.

/** The tag of an operation: the list below the account. Generators make one class for each tag. */
export function tagOf({ path }: Pick<Endpoint, 'path'>): string {
  const [, below] = /^\/2010-04-01\/Accounts\/:AccountSid\/(\w+)/.exec(path) ?? [];
  return below ?? /^\/v1\/(\w+)/.exec(path)?.[1] ?? 'Accounts';
}

export function tagOfList(name: string): Json {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return { name, description: `${words}, and the resources below them` };
}

export const CONTROL_TAG = {
  name: 'Control',
  description: 'The control API, with which operators and tests control the platform itself',
};

/** Describes an operation and who may use it. */
export function descriptionOf(endpoint: Endpoint): string {
  const { summary, kind, handle, absent } = endpoint;
  const isPaged = kind === 'list' && 'pages' in handle && !absent;
  return [
    `${summary}.`,
    ...(isPaged ? ['Returns one page. Its links lead to the other pages.'] : []),
    ...(absent ? ['The list is always empty. It exists for programs that read all lists.'] : []),
    accessOf(endpoint),
  ].join(' ');
}

function accessOf({ operation }: Endpoint): string {
  const { own, others } = POLICY[operation].connect_app;
  const words = { grant: 'with any permission', never: 'never' };
  const said = (need: string) => words[need as keyof typeof words] ?? `with ${need}`;
  return own === 'never'
    ? 'A Connect app may not use it.'
    : `A Connect app may use it in its own subaccount ${said(own)}, and in its customer's other accounts ${said(others)}.`;
}

export function controlDescriptionOf({ summary, development_only }: ControlEndpoint): string {
  const only = development_only ? ' It does not exist in production.' : '';
  return `${summary}.${only}`;
}

/**
 * Replaces each enumeration that has a title by a reference, and adds the enumeration to `named`
 * once.
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
