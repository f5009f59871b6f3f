import { html } from 'hono/html';
import type { CarrierTargets, TargetState } from '../../carriers/voice-carrier.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { pager } from '../../pages/pager.ts';
import { code, emptyState, moment } from '../../pages/widgets.ts';
import type { ByocTrunk } from '../../voice/byoc-trunk.ts';
import type { ConnectionPolicy, Target } from '../../voice/connection-policy.ts';
import { counted, rows } from '../parts/console-views.ts';
import { OWN_ACCOUNT } from '../parts/usage-accounts.ts';
import { nameOfMaker, type Whose } from '../parts/whose.ts';
import { commandBlock, makerFacts } from './log-views.ts';

/** The views of connection policies. */

const policiesPath = (account_sid: string) => `/console/${account_sid}/voice-routing`;

/** Names are optional; a policy without one is shown by its SID. */
const nameOf = ({ friendly_name, sid }: ConnectionPolicy) => friendly_name || sid;

interface ShownPolicies {
  readonly found: Page<ConnectionPolicy>;
  readonly request: PageRequest;
  readonly whose: Whose;
  readonly trunks: readonly ByocTrunk[];
}

export function policiesBody(call: AccountCall, shown: ShownPolicies): Html {
  const { found, request, whose, trunks } = shown;
  const own = policiesPath(call.account.sid);
  const list = found.rows.map((policy) => ({
    name: html`<a href="${own}/${policy.sid}"><bdi>${nameOf(policy)}</bdi></a>`,
    about: aboutPolicy(call, whose, { policy, trunks }),
  }));
  return html`${list.length > 0 ? rows('Connection policies', list) : noPolicies(call)}
    ${pager(own, call.query, request, found)}`;
}

function aboutPolicy(
  call: AccountCall,
  whose: Whose,
  { policy, trunks }: { readonly policy: ConnectionPolicy; readonly trunks: readonly ByocTrunk[] },
): Html {
  const { account_sid, date_created, sid } = policy;
  const isMain = account_sid === call.account.sid;
  const where = isMain ? OWN_ACCOUNT : (whose.accounts.get(account_sid) ?? account_sid);
  const used = trunks.filter(({ connection_policy_sid }) => connection_policy_sid === sid);
  return html`<p class="muted">
    made ${moment(date_created)} by <bdi>${nameOfMaker(whose, policy, { is_from_outside: false })}</bdi> ·
    ${isMain ? where : html`subaccount <bdi>${where}</bdi>`} ·
    ${used.length === 0 ? 'no trunk uses it' : `used by ${counted(used.length, 'trunk')}`}
  </p>`;
}

function noPolicies({ origin, account }: AccountCall): Html {
  const what = 'A connection policy lists the SIP addresses that take the calls of a BYOC trunk.';
  return html`${emptyState('No connection policies yet', what)}
    <h2>A first policy</h2>
    <p>This command makes a policy. curl asks for a password. Enter the auth token.</p>
    ${commandBlock(`curl -u ${account.sid} ${origin}/v1/ConnectionPolicies \\\n  -d FriendlyName=Carriers`)}`;
}

interface ShownPolicy {
  readonly policy: ConnectionPolicy;
  readonly targets: readonly Target[];
  readonly trunks: readonly ByocTrunk[];
  readonly whose: Whose;
  /** Null: this server has no carrier that calls targets. */
  readonly states: CarrierTargets | null;
}

export function policyBody(call: AccountCall, shown: ShownPolicy): Html {
  const { policy, targets, trunks, whose, states } = shown;
  return html`<p><a href="${policiesPath(call.account.sid)}">All connection policies</a></p>
    <dl class="facts">
      <dt>Made</dt>
      <dd>${moment(policy.date_created)}</dd>
      <dt>Trunks</dt>
      <dd>${trunks.length === 0 ? noTrunk() : trunks.map(trunkLine)}</dd>
      ${makerFacts(call, whose, policy, { is_from_outside: false })}
    </dl>
    <section>
      <h2>Targets</h2>
      ${targets.length === 0 ? noTargets(call, policy) : targetList(targets, states)}
    </section>`;
}

function noTrunk(): Html {
  return html`<span class="none">no trunk uses it, so no call follows it</span>`;
}

function trunkLine({ friendly_name, sid }: ByocTrunk): Html {
  return html`<div>${friendly_name ? html`<bdi>${friendly_name}</bdi> ` : null}${code(sid)}</div>`;
}

function noTargets({ origin, account }: AccountCall, { sid }: ConnectionPolicy): Html {
  return html`<p>A call that follows this policy fails, because it has no target. This command adds one.</p>
    ${commandBlock(
      `curl -u ${account.sid} ${origin}/v1/ConnectionPolicies/${sid}/Targets \\\n  -d Target=sip:203.0.113.20`,
    )}`;
}

function targetList(targets: readonly Target[], states: CarrierTargets | null): Html {
  const inOrder = targets.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
  return html`<p class="muted">
      The lowest priority number comes first. Among equal ones the weights share the calls. A target
      that is down comes last.
    </p>
    ${rows(
      'Targets',
      inOrder.map((target) => targetRow(target, states)),
    )}
    <p class="muted">
      ${
        states === null
          ? 'This server has no carrier of the kind sip, so it asks no target for its state.'
          : 'The states are those that this server sees. It asks each target of a trunk about once a minute.'
      }
    </p>`;
}

function targetRow(target: Target, states: CarrierTargets | null) {
  const { friendly_name, priority, weight, sid } = target;
  const seen = states?.stateOf(target.target) ?? null;
  const isOff = target.enabled === 0;
  const [tone, label] = isOff ? DISABLED : STATES[seen?.state ?? 'unknown'];
  const address = code(target.target);
  return {
    name: html`${friendly_name ? html`<bdi>${friendly_name}</bdi>` : address}
      <span class="tag ${tone}">${label}</span>`,
    about: html`${friendly_name ? html`<p>${address}</p>` : null}
      ${isOff || seen === null ? null : stateLine(seen)}
      <p class="muted">Priority ${priority} · weight ${weight} · ${code(sid)}</p>`,
  };
}

const STATES = {
  up: ['good', 'Up'],
  down: ['bad', 'Down'],
  unknown: ['quiet', 'Not known'],
} as const satisfies Record<TargetState['state'], readonly [string, string]>;

const DISABLED = ['quiet', 'Disabled'] as const;

function stateLine({ detail, since }: TargetState): Html | null {
  if (since === null) return null;
  return html`<p>Since ${moment(since)}${detail === null ? null : html`: ${detail}`}</p>`;
}
