import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import {
  type Attempt,
  type Delivery,
  WEBHOOK_KINDS,
  type WebhookKind,
} from '../../webhooks/webhook.ts';
import { oneOf } from '../parts/one-of.ts';

/** The results that the list can be reduced to. */
export const RESULTS = ['failing', 'dead', 'delivered', 'waiting', 'cancelled'] as const;
export type Result = (typeof RESULTS)[number];

/** The filter of the list. An absent part filters nothing. */
export interface WebhookFilter {
  readonly result?: Result | undefined;
  readonly kind?: WebhookKind | undefined;
  /** The host of the receiver, with its port, as deliveries have it. */
  readonly host?: string | undefined;
}

/** A delivery with its last attempt. */
export type Webhook = Delivery & { readonly last: Attempt | undefined };

/** The fields of the filter. A page sees by them whether a filter is on. */
export const FILTER_FIELDS = ['result', 'kind', 'host'] as const;

/** The longest name of a host, with a port. */
export const HOST_LENGTH = 260;

/**
 * Reads the filter of the list. An empty field filters nothing.
 * @throws ApiError 400 naming the field that breaks its rule
 */
export function readWebhookFilter(query: Form): WebhookFilter {
  const given = (name: string) => singleValue(query, name)?.trim() || undefined;
  return {
    result: oneOf('result', given('result'), RESULTS),
    kind: oneOf('kind', given('kind'), WEBHOOK_KINDS),
    host: readHost(given('host')),
  };
}

function readHost(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const host = /^[a-z]+:\/\//i.test(text) ? URL.parse(text)?.host : text.toLowerCase();
  if (host === undefined || host.length > HOST_LENGTH || !/^[\w.:[\]-]+$/.test(host)) {
    throw badParameter('host', 'must be the name of a server, such as hooks.example.com');
  }
  return host;
}
