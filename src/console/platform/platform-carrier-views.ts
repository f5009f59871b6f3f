import { html } from 'hono/html';
import type { CarrierState } from '../../carriers/carrier-health.ts';
import type { CarrierPlan } from '../../carriers/carrier-plan.ts';
import type { Health } from '../../carriers/message-carrier.ts';
import type { Html, PageCall } from '../../http/pages/page.ts';
import type { ForeseenCarrier } from '../../numbers/foresee-carrier.ts';
import { field, moment, table } from '../../pages/widgets.ts';
import { counted, rows } from '../parts/console-views.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';
import { type CarriedLookup, carriedSection } from './platform-carried-views.ts';

const STATES = {
  up: ['good', 'Up'],
  throttled: ['warn', 'Throttled'],
  down: ['bad', 'Down'],
  unknown: ['quiet', 'Not asked yet'],
} as const satisfies Record<Health['state'], readonly [string, string]>;

const WORDS = { calls: 'Calls', messages: 'Messages' } as const;

/** The answer to a dry run; null: none was asked for. */
export interface DryRun {
  readonly to: string;
  readonly from: string;
  readonly carriers: readonly ForeseenCarrier[];
}

/** The operators' page of the carriers of this server. */
export function carriersBody(
  call: PageCall,
  shown: {
    readonly plan: CarrierPlan;
    readonly carriers: readonly CarrierState[];
    readonly dry_run: DryRun | null;
    readonly carried: CarriedLookup | null;
  },
): Html {
  const { plan, carriers, dry_run, carried } = shown;
  return html`${platformTabs('carriers')}
    <section>
      ${rows('Carriers', carriers.map(carrierRow))}
      <p class="muted">${fileText(plan)}</p>
    </section>
    <section>
      <h2>Routes</h2>
      ${routesOf(plan)}
    </section>
    <section>
      <h2>Which carrier, and why</h2>
      <form method="get" action="${PLATFORM}/carriers">
        ${field(call, {
          name: 'to',
          label: 'To',
          value: dry_run?.to ?? '',
          placeholder: '+4930123456',
          required: true,
          maxlength: 64,
        })}
        ${field(call, {
          name: 'from',
          label: 'From',
          value: dry_run?.from ?? '',
          help: 'The carrier may depend on the number that sends, and on the account that holds it.',
          maxlength: 64,
        })}
        <div class="buttons">
          <button type="submit" class="secondary">Show the carrier</button>
        </div>
      </form>
      ${dry_run && dryRun(dry_run)}
    </section>
    ${carriedSection(call, carried)}`;
}

function carrierRow({ name, kind, carries, routes, default_of, health }: CarrierState) {
  const [tone, label] = STATES[health.state];
  const taken = carries.map((traffic) => traffic as string);
  const reasons = [
    ...(routes === 0 ? [] : [counted(routes, 'route')]),
    ...(default_of.length === 0 ? [] : [`default of ${default_of.join(' and ')}`]),
  ];
  return {
    name: html`${name} <span class="tag ${tone}">${label}</span>
      ${kind === name ? null : html`<span class="tag quiet">${kind}</span>`}`,
    about: html`${
      health.detail === null && health.since === null
        ? null
        : html`<p>
            ${health.detail}${health.since === null ? null : html` since ${moment(health.since)}`}
          </p>`
    }
      <p class="muted">
        Takes ${taken.join(' and ')} · ${reasons.join(', ') || 'no route leads to it'}
      </p>`,
  };
}

function fileText({ file }: CarrierPlan): string {
  return file === null
    ? 'This server has no carriers file. Start it with --carriers FILE to name carriers and routes.'
    : `From ${file}. The server reads it again on SIGHUP. The states are those of this server alone.`;
}

function routesOf({ routes, default: fallback }: CarrierPlan): Html {
  const all = (['messages', 'calls'] as const).flatMap((traffic) =>
    routes[traffic].map(({ to, from, emergency, account, grant, by }) => {
      const conditions = [
        emergency
          ? `to emergency numbers ${emergency.join(' and ')}`
          : to === ''
            ? 'any number'
            : `to ${to}`,
        ...(from === null ? [] : [`from ${from}`]),
        ...(account === null ? [] : [`account ${account}`]),
        ...(grant === null ? [] : [`grant ${grant}`]),
      ];
      return [WORDS[traffic], conditions.join(', '), by];
    }),
  );
  const rest = (['messages', 'calls'] as const).map((traffic) => [
    WORDS[traffic],
    'everything else',
    fallback[traffic].carrier ?? 'refused',
  ]);
  return table(['Traffic', 'Condition', 'Carrier'], [...all, ...rest], 'Routes');
}

function dryRun({ to, carriers }: DryRun): Html {
  const reached = carriers.toReversed();
  return html`<div class="notice info" role="status">
    ${reached.map(
      ({ traffic, target, because }) =>
        html`<p>
          ${traffic === 'messages' ? 'A message' : 'A call'} to ${to}
          ${target === null ? 'is refused' : html`goes to <strong>${target}</strong>`}: ${because}.
        </p>`,
    )}
  </div>`;
}
