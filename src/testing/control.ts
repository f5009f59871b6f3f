import { CONTROL_ROUTES, type ControlCalls } from './control-calls.ts';
import type * as t from './control-types.ts';
import type * as d from './data-types.ts';
import type { Asked } from './http-client.ts';
import { TielineError } from './tieline-error.ts';
import type * as w from './world-types.ts';

/** Makes one call of the control API. Returns the JSON of the answer, or undefined without JSON. */
export type CallControl = (
  method: Asked['method'],
  path: string,
  input?: object,
) => Promise<unknown>;

/**
 * The control API as methods: one for each call, as in `CONTROL_CALLS`. Arguments and results have
 * the field names of the API.
 */
export type Control = ReturnType<typeof controlMethods>;

/** The call of the control API behind each method. */
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
  message: 'ControlFetchMessage',
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
  carriers: 'ControlListCarriers',
  targets: 'ControlListTargets',
  exportPolicy: 'ControlExportPolicy',
  importNumbers: 'ControlImportNumbers',
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
 * Builds the methods on top of a function that makes calls. After a refusal a method rejects with a
 * TielineError that has the status and the sentence of the refusal.
 */
export function controlMethods(call: CallControl) {
  const make = callMaker(call);
  return {
    /** Creates a main account, or a subaccount of `owner_account_sid`. */
    createAccount: (account: t.NewAccount) => make('ControlCreateAccount', [], account),
    /** The accounts with their auth tokens, newest first, at most 1000. */
    accounts: async (filter: t.AccountFilter = {}) =>
      (await make('ControlListAccounts', [], filter)).accounts,
    /** Gives an account any phone number, even one that is not on offer. */
    createPhoneNumber: (number: d.NewPhoneNumber) => make('ControlCreatePhoneNumber', [], number),
    /** Upgrades a Trial account, with its subaccounts, to Full. */
    upgradeAccount: (sid: string) => make('ControlUpgradeAccount', [sid]),
    /** Creates a Connect app of an upgraded main account. */
    createConnectApp: (app: t.NewConnectApp) => make('ControlCreateConnectApp', [], app),
    /** Deletes a Connect app and revokes all its grants. */
    deleteConnectApp: (sid: string) => make('ControlDeleteConnectApp', [sid]),
    /** The consent in one call: the customer `account_sid` authorises the app. */
    authorize: (consent: t.Consent) => make('ControlAuthorize', [], consent),
    /** The refusal in one call: nothing is granted. */
    deny: (consent: t.Consent) => make('ControlDeny', [], consent),
    /** The revoke: the customer `account_sid` ends its grant to the app. */
    deauthorize: (grant: t.GrantOf) => make('ControlDeauthorize', [], grant),
    /** Counts one usage event or a list of events. A list counts as a whole or not at all. */
    meterUsage: (events: d.UsageEvent | readonly d.UsageEvent[]) =>
      make('ControlMeterUsage', [], events),
    /** A message arrives from outside at a number of an account. */
    receiveMessage: (message: d.InboundMessage) => make('ControlReceiveMessage', [], message),
    /** A message with what its carrier told of it, and its price there. */
    message: (sid: string) => make('ControlFetchMessage', [sid]),
    /** A call arrives from outside at a number of an account. */
    receiveCall: (arriving: d.InboundCall) => make('ControlReceiveCall', [], arriving),
    /** Creates a messaging service of an account, with all or some of the account's numbers. */
    createMessagingService: (service: d.NewMessagingService) =>
      make('ControlCreateMessagingService', [], service),
    /** The past and pending webhooks, newest first, at most 100. */
    deliveries: async (filter: w.DeliveryFilter = {}) =>
      (await make('ControlListDeliveries', [], filter)).deliveries,
    /** Sends a webhook again now and restarts its schedule of attempts. */
    replayDelivery: (id: string) => make('ControlReplayDelivery', [id]),
    clock: clockMethods(make),
    /** Resets the clock and recreates the world of a first start, with the same SIDs. */
    reset: () => make('ControlReset', []),
    /** The stored snapshots, by name. */
    snapshots: async () => (await make('ControlListSnapshots', [])).snapshots,
    /** Stores the whole world under a name. It replaces a snapshot of the same name. */
    snapshot: (name: string) => make('ControlKeepSnapshot', [], { name }),
    /** Restores a snapshot, including its clock, and removes all faults. */
    restore: (name: string) => make('ControlRestoreSnapshot', [name]),
    /** Deletes a snapshot. The current world does not change. */
    deleteSnapshot: (name: string) => make('ControlDeleteSnapshot', [name]),
    /** The faults in order, each with the number of its uses. */
    faults: async () => (await make('ControlListFaults', [])).faults,
    /** Makes requests of the API fail, take longer, or get no answer. */
    setFault: (fault: w.NewFault) => make('ControlCreateFault', [], fault),
    /** Removes all faults. */
    clearFaults: () => make('ControlDeleteFaults', []),
    /** Removes one fault. */
    clearFault: (id: string) => make('ControlDeleteFault', [id]),
    /** The targets of a connection policy to which a number of calls would go. */
    route: async (wanted: w.RouteWanted) => (await make('ControlRouteCalls', [], wanted)).targets,
    /** The carriers of the server, each with its state. */
    carriers: async () => (await make('ControlListCarriers', [])).carriers,
    /** The targets of a connection policy, each with its state as the server sees it. */
    targets: async (of: w.TargetsOf) => (await make('ControlListTargets', [], of)).targets,
    /** A connection policy as a list of Kamailio, rows of OpenSIPS or carriers of jambonz. */
    exportPolicy: (wanted: w.PolicyExport) => make('ControlExportPolicy', [], wanted),
    /** Puts numbers into the stock that accounts buy from. Refused ones are in the result. */
    importNumbers: (numbers: t.NewStock) => make('ControlImportNumbers', [], numbers),
    /** Sets the price of a category's usage from a day on. The price null withdraws the rate. */
    setRate: (rate: t.NewRate) => make('ControlSetRate', [], rate),
    /** Limits a Connect app's monthly spending for the customer `account_sid`. */
    limitGrant: (grant: t.NewGrantLimit) => make('ControlLimitGrant', [], grant),
    /** Sets a balance floor. Below it the apps of a main account cannot write or send anything. */
    limitAccount: (sid: string, limits: t.NewAccountLimits) =>
      make('ControlLimitAccount', [sid], limits),
    /** The balance of a main account, its floor, and its credits, newest first. */
    balance: (sid: string) => make('ControlFetchBalance', [sid]),
    /** Adds to or subtracts from the balance of a main account, once for each key. */
    creditBalance: (sid: string, credit: t.NewCredit) =>
      make('ControlCreditBalance', [sid], credit),
    /** The log of changes to the platform itself, such as its rates, newest first. */
    audit: async () => (await make('ControlListPlatformAudit', [])).events,
  };
}

function clockMethods(make: MakeCall) {
  const move = async (input: w.ClockMove): Promise<Moved> => {
    const { now, delivered, pending } = await make('ControlMoveClock', [], input);
    return { now: new Date(now), delivered, pending };
  };
  return {
    /** The time of Tieline's clock. */
    now: async () => new Date((await make('ControlFetchClock', [])).now),
    /**
     * Moves the clock forward, by `1d`, `2h`, `30m`, `15s` or `500ms`. Returns after the first
     * attempt of all webhooks that became due, and after 30 s at most.
     */
    advance: (by: string) => move({ advance: by }),
    /** Moves the clock forward to a moment, and otherwise works like `advance`. */
    async set(to: Date | string) {
      if (to instanceof Date && Number.isNaN(to.getTime())) {
        throw new TielineError('clock.set: the Date is not valid.');
      }
      return move({ set: typeof to === 'string' ? to : to.toISOString() });
    },
    /** Sets the clock to real time. The call fails if any data has a later date. */
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

/** @throws TielineError for a part that would turn the path into that of another call */
function pathOf(template: string, parts: readonly string[]): string {
  const left = [...parts];
  return template.replaceAll(/:\w+/g, () => {
    const part: unknown = left.shift();
    if (typeof part !== 'string' || /^\.{0,2}$/.test(part)) {
      throw new TielineError(`${JSON.stringify(part)} is not a SID, id or name. Pass one as text.`);
    }
    return encodeURIComponent(part);
  });
}

function withQuery(path: string, query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}
