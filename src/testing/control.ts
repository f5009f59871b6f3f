import { CONTROL_ROUTES, type ControlCalls } from './control-calls.ts';
import type * as t from './control-types.ts';
import type * as d from './data-types.ts';
import type { Asked } from './http-client.ts';
import { TielineError } from './tieline-error.ts';
import type * as w from './world-types.ts';

/** Makes one call of the control API; the answer is its JSON, undefined where it has none. */
export type CallControl = (
  method: Asked['method'],
  path: string,
  input?: object,
) => Promise<unknown>;

/**
 * The control API as methods: one for each call, named in `CONTROL_CALLS`. They take and answer
 * what the call does, by its own field names.
 */
export type Control = ReturnType<typeof controlMethods>;

/** Which call of the control API each method is. */
export const CONTROL_CALLS = {
  createAccount: 'ControlCreateAccount',
  accounts: 'ControlListAccounts',
  createPhoneNumber: 'ControlCreatePhoneNumber',
  upgradeAccount: 'ControlUpgradeAccount',
  createConnectApp: 'ControlCreateConnectApp',
  deleteConnectApp: 'ControlDeleteConnectApp',
  authorize: 'ControlAuthorize',
  deny: 'ControlDeny',
  deauthorize: 'ControlDeauthorize',
  meterUsage: 'ControlMeterUsage',
  receiveMessage: 'ControlReceiveMessage',
  receiveCall: 'ControlReceiveCall',
  createMessagingService: 'ControlCreateMessagingService',
  deliveries: 'ControlListDeliveries',
  replayDelivery: 'ControlReplayDelivery',
  snapshots: 'ControlListSnapshots',
  snapshot: 'ControlKeepSnapshot',
  restore: 'ControlRestoreSnapshot',
  deleteSnapshot: 'ControlDeleteSnapshot',
  faults: 'ControlListFaults',
  setFault: 'ControlCreateFault',
  clearFaults: 'ControlDeleteFaults',
  clearFault: 'ControlDeleteFault',
  'clock.now': 'ControlFetchClock',
  'clock.advance': 'ControlMoveClock',
  'clock.set': 'ControlMoveClock',
  'clock.inStep': 'ControlMoveClock',
  reset: 'ControlReset',
  route: 'ControlRouteCalls',
  setRate: 'ControlSetRate',
  limitGrant: 'ControlLimitGrant',
  limitAccount: 'ControlLimitAccount',
  balance: 'ControlFetchBalance',
  creditBalance: 'ControlCreditBalance',
  audit: 'ControlListPlatformAudit',
} as const satisfies Record<MethodName, CallName>;

type CallName = keyof ControlCalls;

/** The result of moving the clock. */
export interface Moved {
  readonly now: Date;
  readonly delivered: number;
  readonly pending: number;
}

type MethodName = Exclude<keyof Control, 'clock'> | `clock.${keyof Control['clock']}`;

/**
 * The methods over a way to make calls. Each rejects with a TielineError whose `status` and
 * sentence are those of the refusal.
 */
export function controlMethods(call: CallControl) {
  const make = callMaker(call);
  return {
    /** Makes an account: a main one, or a subaccount of `owner_account_sid`. */
    createAccount: (account: t.NewAccount) => make('ControlCreateAccount', [], account),
    /** The accounts with their auth tokens, newest first, at most 1000. */
    accounts: async (filter: t.AccountFilter = {}) =>
      (await make('ControlListAccounts', [], filter)).accounts,
    /** Gives an account a phone number of one's choice, on offer or not. */
    createPhoneNumber: (number: d.NewPhoneNumber) => make('ControlCreatePhoneNumber', [], number),
    /** Upgrades a Trial account, with its subaccounts, to Full. */
    upgradeAccount: (sid: string) => make('ControlUpgradeAccount', [sid]),
    /** Makes a Connect app of an upgraded main account. */
    createConnectApp: (app: t.NewConnectApp) => make('ControlCreateConnectApp', [], app),
    /** Deletes a Connect app and revokes every grant that it was given. */
    deleteConnectApp: (sid: string) => make('ControlDeleteConnectApp', [sid]),
    /** The consent in one call: the customer `account_sid` authorises the app. */
    authorize: (consent: t.Consent) => make('ControlAuthorize', [], consent),
    /** The refusal in one call: nothing is granted. */
    deny: (consent: t.Consent) => make('ControlDeny', [], consent),
    /** The customer `account_sid` revokes what it granted the app. */
    deauthorize: (grant: t.GrantOf) => make('ControlDeauthorize', [], grant),
    /** Counts usage: one event, or a list of them of which all or none are counted. */
    meterUsage: (events: d.UsageEvent | readonly d.UsageEvent[]) =>
      make('ControlMeterUsage', [], events),
    /** A message arrives from outside at a number of an account. */
    receiveMessage: (message: d.InboundMessage) => make('ControlReceiveMessage', [], message),
    /** A call arrives from outside at a number of an account. */
    receiveCall: (arriving: d.InboundCall) => make('ControlReceiveCall', [], arriving),
    /** Makes a messaging service of an account, with all its numbers or with some of them. */
    createMessagingService: (service: d.NewMessagingService) =>
      make('ControlCreateMessagingService', [], service),
    /** What was sent to applications and is to be sent, newest first, at most 100. */
    deliveries: async (filter: w.DeliveryFilter = {}) =>
      (await make('ControlListDeliveries', [], filter)).deliveries,
    /** Sends a delivery again, now, with its schedule begun anew. */
    replayDelivery: (id: string) => make('ControlReplayDelivery', [id]),
    clock: clockMethods(make),
    /** Puts the clock back and makes the world of a first start again, with the same SIDs. */
    reset: () => make('ControlReset', []),
    /** The snapshots that are kept, by name. */
    snapshots: async () => (await make('ControlListSnapshots', [])).snapshots,
    /** Keeps the whole world under a name, in place of one that has it. */
    snapshot: (name: string) => make('ControlKeepSnapshot', [], { name }),
    /** Makes a snapshot the world again, its clock included, and takes all faults away. */
    restore: (name: string) => make('ControlRestoreSnapshot', [name]),
    /** Forgets a snapshot; the world stays as it is. */
    deleteSnapshot: (name: string) => make('ControlDeleteSnapshot', [name]),
    /** The faults in their order, and how often each has struck. */
    faults: async () => (await make('ControlListFaults', [])).faults,
    /** Has requests of the API answered with an error, late, or not at all. */
    setFault: (fault: w.NewFault) => make('ControlCreateFault', [], fault),
    /** Takes every fault away. */
    clearFaults: () => make('ControlDeleteFaults', []),
    /** Takes one fault away. */
    clearFault: (id: string) => make('ControlDeleteFault', [id]),
    /** Says to which targets of a connection policy a number of calls would go. */
    route: async (wanted: w.RouteWanted) => (await make('ControlRouteCalls', [], wanted)).targets,
    /** Sets what usage of a category costs from a day on; the price null takes it back. */
    setRate: (rate: t.NewRate) => make('ControlSetRate', [], rate),
    /** Limits what a Connect app may spend for the customer `account_sid` in a month. */
    limitGrant: (grant: t.NewGrantLimit) => make('ControlLimitGrant', [], grant),
    /** Sets the balance below which the apps of a main account write and send nothing. */
    limitAccount: (sid: string, limits: t.NewAccountLimits) =>
      make('ControlLimitAccount', [sid], limits),
    /** The balance of a main account, its floor, and what was credited, newest first. */
    balance: (sid: string) => make('ControlFetchBalance', [sid]),
    /** Adds to the balance of a main account, or takes back from it, once for each key. */
    creditBalance: (sid: string, credit: t.NewCredit) =>
      make('ControlCreditBalance', [sid], credit),
    /** Who changed what of the platform itself, such as its rates, newest first. */
    audit: async () => (await make('ControlListPlatformAudit', [])).events,
  };
}

function clockMethods(make: MakeCall) {
  const move = async (input: w.ClockMove): Promise<Moved> => {
    const { now, delivered, pending } = await make('ControlMoveClock', [], input);
    return { now: new Date(now), delivered, pending };
  };
  return {
    /** The time that the product goes by. */
    now: async () => new Date((await make('ControlFetchClock', [])).now),
    /**
     * Moves the time forward, by `1d`, `2h`, `30m`, `15s` or `500ms`. Answers when the webhooks
     * that fell due have been tried once, after at most 30 s.
     */
    advance: (by: string) => move({ advance: by }),
    /** Moves the time forward to a moment, otherwise as `advance` does. */
    async set(to: Date | string) {
      if (to instanceof Date && Number.isNaN(to.getTime())) {
        throw new TielineError('clock.set: the Date is not a valid one.');
      }
      return move({ set: typeof to === 'string' ? to : to.toISOString() });
    },
    /** Puts it back to real time; refused where anything is dated later than that. */
    inStep: () => move({ in_step: true }),
  };
}

/** Makes a call with the SIDs, ids and names that stand in its path, in their order. */
type MakeCall = <Name extends CallName>(
  name: Name,
  parts: readonly string[],
  input?: ControlCalls[Name]['takes'],
) => Promise<ControlCalls[Name]['answers']>;

function callMaker(call: CallControl): MakeCall {
  return async <Name extends CallName>(
    name: Name,
    parts: readonly string[],
    input: object = {},
  ): Promise<ControlCalls[Name]['answers']> => {
    const [method, template] = CONTROL_ROUTES[name];
    const path = pathOf(template, parts);
    const answered = {
      GET: () => call(method, withQuery(path, input)),
      POST: () => call(method, path, input),
      DELETE: () => call(method, path),
    }[method]();
    return (await answered) as ControlCalls[Name]['answers'];
  };
}

/** @throws TielineError for a part that would make it the path of another call */
function pathOf(template: string, parts: readonly string[]): string {
  const left = [...parts];
  return template.replaceAll(/:\w+/g, () => {
    const part: unknown = left.shift();
    if (typeof part !== 'string' || /^\.{0,2}$/.test(part)) {
      throw new TielineError(`${JSON.stringify(part)} is no SID, id or name: give one as text.`);
    }
    return encodeURIComponent(part);
  });
}

function withQuery(path: string, query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}
