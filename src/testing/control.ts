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
} as const satisfies Record<MethodName, string>;

type MethodName = Exclude<keyof Control, 'clock'> | `clock.${keyof Control['clock']}`;

/**
 * The methods over a way to make calls. Each rejects with a TielineError whose `status` and
 * sentence are those of the refusal.
 */
export function controlMethods(call: CallControl) {
  const post = async <T>(path: Path, input: object = {}) =>
    (await call('POST', pathOf(path), input)) as T;
  const get = async <T>(path: Path, query: object = {}) =>
    (await call('GET', withQuery(pathOf(path), query))) as T;
  const remove = async (path: Path) => void (await call('DELETE', pathOf(path)));
  return {
    /** Makes an account: a main one, or a subaccount of `owner_account_sid`. */
    createAccount: (account: t.NewAccount) => post<t.CreatedAccount>(['accounts'], account),
    /** The accounts with their auth tokens, newest first, at most 1000. */
    accounts: async (filter: d.AccountFilter = {}) =>
      (await get<{ readonly accounts: readonly t.Account[] }>(['accounts'], filter)).accounts,
    /** Gives an account a phone number of one's choice, on offer or not. */
    createPhoneNumber: (number: d.NewPhoneNumber) => post<d.PhoneNumber>(['phone_numbers'], number),
    /** Upgrades a Trial account, with its subaccounts, to Full. */
    upgradeAccount: (sid: string) => post<t.Account>(['accounts', sid, 'upgrade']),
    /** Makes a Connect app of an upgraded main account. */
    createConnectApp: (app: t.NewConnectApp) => post<t.ConnectApp>(['connect_apps'], app),
    /** Deletes a Connect app and revokes every grant that it was given. */
    deleteConnectApp: (sid: string) => remove(['connect_apps', sid]),
    /** The consent in one call: the customer `account_sid` authorises the app. */
    authorize: (consent: t.Consent) => post<t.Authorized>(['authorize'], consent),
    /** The refusal in one call: nothing is granted. */
    deny: (consent: t.Consent) => post<t.Denied>(['deny'], consent),
    /** The customer `account_sid` revokes what it granted the app. */
    deauthorize: (grant: t.GrantOf) => post<t.Deauthorized>(['deauthorize'], grant),
    /** Counts usage: one event, or a list of them of which all or none are counted. */
    meterUsage: (events: t.UsageEvent | readonly t.UsageEvent[]) =>
      post<t.Metered>(['usage'], events),
    /** A message arrives from outside at a number of an account. */
    receiveMessage: (message: t.InboundMessage) => post<t.Message>(['messages'], message),
    /** A call arrives from outside at a number of an account. */
    receiveCall: (arriving: t.InboundCall) => post<t.Call>(['calls'], arriving),
    /** Makes a messaging service of an account, with all its numbers or with some of them. */
    createMessagingService: (service: d.NewMessagingService) =>
      post<d.MessagingService>(['messaging_services'], service),
    /** What was sent to applications and is to be sent, newest first, at most 100. */
    deliveries: async (filter: t.DeliveryFilter = {}) =>
      (await get<{ readonly deliveries: readonly t.Delivery[] }>(['deliveries'], filter))
        .deliveries,
    /** Sends a delivery again, now, with its schedule begun anew. */
    replayDelivery: (id: string) => post<t.Delivery>(['deliveries', id, 'replay']),
    clock: clockMethods(call),
    /** Puts the clock back and makes the world of a first start again, with the same SIDs. */
    reset: () => post<undefined>(['reset']),
    /** The snapshots that are kept, by name. */
    snapshots: async () =>
      (await get<{ readonly snapshots: readonly w.Snapshot[] }>(['snapshots'])).snapshots,
    /** Keeps the whole world under a name, in place of one that has it. */
    snapshot: (name: string) => post<w.Snapshot>(['snapshots'], { name }),
    /** Makes a snapshot the world again, its clock included, and takes all faults away. */
    restore: (name: string) => post<undefined>(['snapshots', name, 'restore']),
    /** Forgets a snapshot; the world stays as it is. */
    deleteSnapshot: (name: string) => remove(['snapshots', name]),
    /** The faults in their order, and how often each has struck. */
    faults: async () => (await get<{ readonly faults: readonly w.Fault[] }>(['faults'])).faults,
    /** Has requests of the API answered with an error, late, or not at all. */
    setFault: (fault: w.NewFault) => post<w.Fault>(['faults'], fault),
    /** Takes every fault away. */
    clearFaults: () => remove(['faults']),
    /** Takes one fault away. */
    clearFault: (id: string) => remove(['faults', id]),
    /** Says to which targets of a connection policy a number of calls would go. */
    route: async (wanted: t.RouteWanted) =>
      (await get<{ readonly targets: readonly t.RouteShare[] }>(['route'], wanted)).targets,
    /** Sets what usage of a category costs from a day on; the price null takes it back. */
    setRate: (rate: t.NewRate) => post<t.Rate>(['rates'], rate),
    /** Limits what a Connect app may spend for the customer `account_sid` in a month. */
    limitGrant: (grant: t.NewGrantLimit) => post<t.GrantLimit>(['grant_limits'], grant),
    /** Sets the balance below which the apps of a main account write and send nothing. */
    limitAccount: (sid: string, limits: t.NewAccountLimits) =>
      post<t.Balance>(['accounts', sid, 'limits'], limits),
    /** The balance of a main account, its floor, and what was credited, newest first. */
    balance: (sid: string) =>
      get<t.Balance & { readonly credits: readonly t.Credit[] }>(['accounts', sid, 'balance']),
    /** Adds to the balance of a main account, or takes back from it, once for each key. */
    creditBalance: (sid: string, credit: t.NewCredit) =>
      post<t.Balance & { readonly credit: t.Credit; readonly repeated: boolean }>(
        ['accounts', sid, 'balance'],
        credit,
      ),
    /** Who changed what of the platform itself, such as its rates, newest first. */
    audit: async () =>
      (await get<{ readonly events: readonly t.PlatformEvent[] }>(['audit'])).events,
  };
}

function clockMethods(call: CallControl) {
  const move = async (input: object): Promise<t.Moved> => {
    const { now, delivered, pending } = (await call('POST', '/clock', input)) as Told;
    return { now: new Date(now), delivered, pending };
  };
  return {
    /** The time that the product goes by. */
    now: async () => new Date(((await call('GET', '/clock')) as Pick<Told, 'now'>).now),
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

interface Told {
  readonly now: string;
  readonly delivered: number;
  readonly pending: number;
}

/** The parts of a path, some of which a test passes. */
type Path = readonly string[];

/** @throws TielineError for a part that would make it the path of another call */
function pathOf(path: Path): string {
  for (const part of path) {
    if (typeof part !== 'string' || /^\.{0,2}$/.test(part)) {
      throw new TielineError(`${JSON.stringify(part)} is no SID, id or name: give one as text.`);
    }
  }
  return path.map((part) => `/${encodeURIComponent(part)}`).join('');
}

function withQuery(path: string, query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}
