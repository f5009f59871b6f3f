import { html } from 'hono/html';
import type { CarrierState } from '../../carriers/carrier-health.ts';
import { isolated } from '../../http/pages/page.ts';
import { moment } from '../../pages/widgets.ts';
import type { Undelivered } from '../../webhooks/list-undelivered.ts';
import type { Attention } from '../parts/attention.ts';
import { counted } from '../parts/console-views.ts';
import { PLATFORM } from '../parts/platform-frame.ts';

/** The things of the whole platform that an operator should see to. */

interface Facts {
  readonly carriers: readonly CarrierState[];
  readonly failing: readonly Undelivered[];
  readonly dead: readonly Undelivered[];
  /** The most webhooks of each list that were read. */
  readonly most: number;
}

export function platformAttention({ carriers, failing, dead, most }: Facts): Attention[] {
  return [...carriers.flatMap(carrierThing), ...webhookThings({ failing, dead, most })];
}

function carrierThing({ name, health, routes, default_of }: CarrierState): Attention[] {
  if (health.state !== 'down' && health.state !== 'throttled') return [];
  const isDown = health.state === 'down';
  const used = routes > 0 || default_of.length > 0;
  return [
    {
      tone: isDown ? 'bad' : 'warn',
      title: html`The carrier ${isolated(name)} ${isDown ? 'is down' : 'slows its traffic down'}`,
      text: html`${health.detail}${health.since === null ? null : html` since ${moment(health.since)}`}.
      ${used ? 'Messages and calls of its routes wait or fail.' : 'No route leads to it.'}`,
      href: `${PLATFORM}/carriers`,
      label: 'See the carrier',
    },
  ];
}

function webhookThings({ failing, dead, most }: Omit<Facts, 'carriers'>): Attention[] {
  const numberOf = (list: readonly Undelivered[]) =>
    list.length >= most ? `${most} or more webhooks` : counted(list.length, 'webhook');
  const hosts = (list: readonly Undelivered[]) =>
    counted(new Set(list.map(({ host }) => host)).size, 'server');
  const link = { href: `${PLATFORM}/webhooks`, label: 'See the webhooks' };
  return [
    ...(failing.length === 0
      ? []
      : [
          {
            tone: 'warn' as const,
            title: `${numberOf(failing)} to ${hosts(failing)} failed`,
            text: 'They are tried again by themselves.',
            ...link,
          },
        ]),
    ...(dead.length === 0
      ? []
      : [
          {
            tone: 'bad' as const,
            title: `${numberOf(dead)} to ${hosts(dead)} were given up`,
            text: 'Nobody hears of these events until somebody sends them again.',
            ...link,
          },
        ]),
  ];
}
