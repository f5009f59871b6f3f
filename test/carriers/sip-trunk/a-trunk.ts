import assert from 'node:assert/strict';
import { lineUpOf, stopCarriers } from '../../../src/carriers/line-up.ts';
import { aCaller, type Caller } from '../../support/calls.ts';
import type { TestApp } from '../../support/test-app.ts';
import { useCarriers } from '../carrier-kinds.ts';

const PSTN = 'kind: sip, listen: ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]';

/** Opens the carrier `pstn` of the kind `sip`. It closes with the answer. */
export async function aSipCarrier(
  app: TestApp,
  {
    more = '',
    isDefault = false,
    domains = {},
  }: {
    readonly more?: string;
    readonly isDefault?: boolean;
    /** The trunks of calls that come in, by the hosts that they call. */
    readonly domains?: Readonly<Record<string, string>>;
  } = {},
): Promise<AsyncDisposable> {
  const routes = isDefault ? ', routes: { default: { calls: pstn } }' : '';
  const hosts = `, sip_domains: ${JSON.stringify(domains)}`;
  useCarriers(app, `{ carriers: { pstn: { ${PSTN}${more} } }${routes}${hosts} }`);
  const voice = lineUpOf(app.app).voices.get('pstn');
  assert.ok(voice);
  return { [Symbol.asyncDispose]: () => stopCarriers(app.app) };
}

export interface ATarget {
  readonly target: string;
  readonly priority?: number;
  readonly weight?: number;
}

/** A trunk whose calls go to targets. @returns its SID */
export async function aTrunk(
  app: TestApp,
  { login }: Caller,
  targets: readonly ATarget[],
): Promise<string> {
  const made = async (path: string, form: Record<string, string>) => {
    const reply = await app.post(path, login, form);
    assert.equal(reply.status, 201, reply.text);
    return reply.json.sid as string;
  };
  const policy = await made('/v1/ConnectionPolicies', {});
  for (const { target, priority = 10, weight = 10 } of targets) {
    await made(`/v1/ConnectionPolicies/${policy}/Targets`, {
      Target: target,
      Priority: String(priority),
      Weight: String(weight),
    });
  }
  return made('/v1/ByocTrunks', { ConnectionPolicySid: policy });
}

/** A caller with a trunk. */
export async function aTrunkCaller(app: TestApp, targets: readonly ATarget[]) {
  const caller = await aCaller(app);
  return { caller, byoc: await aTrunk(app, caller, targets) };
}
