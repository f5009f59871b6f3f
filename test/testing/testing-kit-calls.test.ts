import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { ROUTES } from '../../src/routes.ts';
import { CONTROL_CALLS, controlMethods } from '../../src/testing/control.ts';
import type * as t from '../../src/testing/control-types.ts';
import type * as d from '../../src/testing/data-types.ts';
import type * as w from '../../src/testing/world-types.ts';

/** One call, as a method made it. */
interface Made {
  readonly method: string;
  readonly path: string;
}

/** What stands for each parameter of a path, and what a method gets that reads none of it. */
const ARGUMENT = 'X';

type Method = (...given: readonly unknown[]) => Promise<unknown>;

/** All methods by the name that the table has for them. */
function methods(made: Made[]): Record<string, Method> {
  const { clock, ...rest } = controlMethods(async (method, path) => {
    made.push({ method, path: `/_tieline${path}` });
    return { now: '2026-03-18T23:31:36Z' };
  });
  const ofClock = Object.entries(clock).map(([name, method]) => [`clock.${name}`, method]);
  return Object.fromEntries([...Object.entries(rest), ...ofClock]) as Record<string, Method>;
}

/** The fields of a type, which the compiler compares with the type itself. */
function fieldsOf<T>(fields: Record<keyof T, true>): string[] {
  return Object.keys(fields).toSorted();
}

/** The fields that a schema takes or gives, of one thing where it is a list or a choice. */
function fieldsIn(schema: z.ZodType | null | undefined, io: 'input' | 'output'): string[] {
  assert.ok(schema);
  const { anyOf, properties } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const [one] = anyOf ?? [];
  const found = properties ?? (typeof one === 'object' ? one.properties : undefined);
  return Object.keys(found ?? {}).toSorted();
}

const GRANT = { connect_app_sid: true, account_sid: true } as const;

/** The types of what calls take. */
const INPUTS: Readonly<Record<string, string[]>> = {
  ControlCreateAccount: fieldsOf<t.NewAccount>({
    friendly_name: true,
    type: true,
    owner_account_sid: true,
    sid: true,
    auth_token: true,
  }),
  ControlCreateConnectApp: fieldsOf<t.NewConnectApp>({
    account_sid: true,
    friendly_name: true,
    company_name: true,
    permissions: true,
    description: true,
    homepage_url: true,
    terms_of_service_url: true,
    authorize_redirect_url: true,
    deauthorize_callback_url: true,
    deauthorize_callback_method: true,
    signed_redirect: true,
  }),
  ControlAuthorize: fieldsOf<t.Consent>({ ...GRANT, state: true }),
  ControlDeny: fieldsOf<t.Consent>({ ...GRANT, state: true }),
  ControlDeauthorize: fieldsOf<t.GrantOf>(GRANT),
  ControlMeterUsage: fieldsOf<t.UsageEvent>({
    account_sid: true,
    category: true,
    count: true,
    usage: true,
    price: true,
    at: true,
    key: true,
    reason: true,
  }),
  ControlReceiveMessage: fieldsOf<t.InboundMessage>({
    to: true,
    from: true,
    body: true,
    media_urls: true,
  }),
  ControlReceiveCall: fieldsOf<t.InboundCall>({
    to: true,
    from: true,
    inputs: true,
    caller_name: true,
    hang_up_after: true,
  }),
  ControlListAccounts: fieldsOf<d.AccountFilter>({ owner_account_sid: true }),
  ControlCreatePhoneNumber: fieldsOf<d.NewPhoneNumber>({
    account_sid: true,
    phone_number: true,
    sid: true,
    friendly_name: true,
    sms_url: true,
    sms_method: true,
    sms_fallback_url: true,
    sms_fallback_method: true,
    voice_url: true,
    voice_method: true,
    voice_fallback_url: true,
    voice_fallback_method: true,
    status_callback: true,
    status_callback_method: true,
  }),
  ControlCreateMessagingService: fieldsOf<d.NewMessagingService>({
    account_sid: true,
    sid: true,
    phone_numbers: true,
  }),
  ControlListDeliveries: fieldsOf<t.DeliveryFilter>({ account_sid: true, state: true, url: true }),
  ControlRouteCalls: fieldsOf<t.RouteWanted>({ policy: true, calls: true, seed: true }),
  ControlSetRate: fieldsOf<t.NewRate>({ category: true, per: true, price: true, from: true }),
  ControlLimitGrant: fieldsOf<t.NewGrantLimit>({ ...GRANT, monthly_limit: true }),
  ControlLimitAccount: fieldsOf<t.NewAccountLimits>({ balance_floor: true }),
  ControlCreditBalance: fieldsOf<t.NewCredit>({ amount: true, reason: true, key: true }),
  ControlCreateFault: fieldsOf<w.NewFault>({
    match: true,
    status: true,
    delay: true,
    cut: true,
    times: true,
    probability: true,
    seed: true,
  }),
  ControlKeepSnapshot: ['name'],
  ControlMoveClock: ['advance', 'in_step', 'set'],
};

/** The types of what some calls answer; those of resources are the API's own. */
const OUTPUTS: Readonly<Record<string, string[]>> = {
  ControlAuthorize: fieldsOf<t.Authorized>({
    account_sid: true,
    redirect_url: true,
    permissions: true,
  }),
  ControlDeny: fieldsOf<t.Denied>({ redirect_url: true }),
  ControlDeauthorize: fieldsOf<t.Deauthorized>({ account_sid: true, delivery_id: true }),
  ControlMeterUsage: fieldsOf<t.Metered>({ accepted: true, repeated: true }),
  ControlLimitGrant: fieldsOf<t.GrantLimit>({
    account_sid: true,
    monthly_limit: true,
    spent: true,
  }),
  ControlLimitAccount: fieldsOf<t.Balance>({
    account_sid: true,
    balance: true,
    balance_floor: true,
  }),
  ControlSetRate: fieldsOf<t.Rate>({ category: true, price: true, from: true }),
  ControlCreateMessagingService: fieldsOf<d.MessagingService>({
    sid: true,
    account_sid: true,
    phone_numbers: true,
    date_created: true,
    date_updated: true,
  }),
  ControlKeepSnapshot: fieldsOf<w.Snapshot>({
    name: true,
    date_created: true,
    rows: true,
    bytes: true,
  }),
  ControlCreateFault: fieldsOf<w.Fault>({
    id: true,
    match: true,
    status: true,
    delay: true,
    cut: true,
    times: true,
    probability: true,
    seed: true,
    matched: true,
    struck: true,
  }),
};

suite('the methods of the test kit', () => {
  test('refuse arguments that would turn a call into another one, such as clearing all faults', async () => {
    const { clearFault, restore, balance } = controlMethods(() => assert.fail('nothing is asked'));
    for (const [given, shown] of [
      ['', '""'],
      ['.', '"."'],
      ['..', '".."'],
      [undefined, 'undefined'],
    ] as const) {
      for (const method of [clearFault, restore, balance]) {
        await assert.rejects(method(given as string), {
          name: 'TielineError',
          message: `${shown} is no SID, id or name: give one as text.`,
        });
      }
    }
  });

  test('refuse an invalid Date', async () => {
    const { clock } = controlMethods(() => assert.fail('nothing is asked'));
    await assert.rejects(clock.set(new Date('tomorrow')), {
      name: 'TielineError',
      message: 'clock.set: the Date is not a valid one.',
    });
  });

  test('are one for each call of the control API', () => {
    const called = new Set<string>(Object.values(CONTROL_CALLS));
    assert.deepEqual(
      [...called].toSorted(),
      ROUTES.control.map(({ id }) => id).toSorted(),
      'a call without a method, or a method without a call: see src/testing/control.ts',
    );
  });

  test('each make the call that the table names, with its method and path', async () => {
    const made: Made[] = [];
    const byName = methods(made);
    assert.deepEqual(Object.keys(byName).toSorted(), Object.keys(CONTROL_CALLS).toSorted());
    for (const [name, id] of Object.entries(CONTROL_CALLS)) {
      const route = ROUTES.control.find((endpoint) => endpoint.id === id);
      made.length = 0;
      await byName[name]?.(...(name === 'route' ? [{}] : [ARGUMENT, {}]));
      for (const call of made) assert.doesNotMatch(call.path, /undefined|object/);
      const asked = made.map(({ method, path }) => ({ method, path: path.replace(/\?.*/, '') }));
      const path = route?.path.replaceAll(/:\w+/g, ARGUMENT);
      assert.deepEqual(asked, [{ method: route?.method, path: path ?? '' }], name);
    }
  });

  test('have the fields of their calls, in arguments and answers', () => {
    for (const { id, input, output } of ROUTES.control) {
      const taken = fieldsIn(input, 'input');
      assert.deepEqual(INPUTS[id] ?? [], taken, `${id}: see src/testing/control-types.ts`);
      if (OUTPUTS[id]) assert.deepEqual(OUTPUTS[id], fieldsIn(output, 'output'), id);
    }
  });

  test('put odd names into a path as a single part', async () => {
    const made: Made[] = [];
    await controlMethods(async (method, path) => void made.push({ method, path })).restore(
      'a/../b?',
    );
    assert.deepEqual(made, [{ method: 'POST', path: '/snapshots/a%2F..%2Fb%3F/restore' }]);
  });
});
