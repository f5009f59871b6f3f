/** Generated from the schemas of the control API by `npm run control-types`. */

import type {
  Account,
  AccountFilter,
  Authorized,
  Balance,
  BalanceWithCredits,
  ConnectApp,
  Consent,
  CreatedAccount,
  CreditedBalance,
  Deauthorized,
  Denied,
  GrantLimit,
  GrantOf,
  NewAccount,
  NewAccountLimits,
  NewConnectApp,
  NewCredit,
  NewGrantLimit,
  NewRate,
  PlatformEvent,
  Rate,
} from './control-types.ts';
import type {
  Call,
  InboundCall,
  InboundMessage,
  Message,
  MessagingService,
  Metered,
  NewMessagingService,
  NewPhoneNumber,
  PhoneNumber,
  UsageEvent,
} from './data-types.ts';
import type {
  Clock,
  ClockMove,
  ClockMoved,
  Delivery,
  DeliveryFilter,
  Fault,
  NewFault,
  NewSnapshot,
  RouteShare,
  RouteWanted,
  Snapshot,
} from './world-types.ts';

/** The calls of the control API. */
export interface ControlCalls {
  /** The accounts with their auth tokens, newest first. */
  readonly ControlListAccounts: {
    readonly takes: AccountFilter;
    readonly answers: {
      readonly accounts: readonly Account[];
    };
  };
  /** Makes an account: a main one, or a subaccount of owner_account_sid. */
  readonly ControlCreateAccount: { readonly takes: NewAccount; readonly answers: CreatedAccount };
  /** Upgrades a Trial account, with its subaccounts, to Full. */
  readonly ControlUpgradeAccount: { readonly takes: undefined; readonly answers: Account };
  /** Makes a Connect app of an upgraded main account. */
  readonly ControlCreateConnectApp: { readonly takes: NewConnectApp; readonly answers: ConnectApp };
  /** Deletes a Connect app and revokes every grant that it was given. */
  readonly ControlDeleteConnectApp: { readonly takes: undefined; readonly answers: undefined };
  /** The consent in one call: the customer account_sid authorises the app. */
  readonly ControlAuthorize: { readonly takes: Consent; readonly answers: Authorized };
  /** The refusal in one call: nothing is granted. */
  readonly ControlDeny: { readonly takes: Consent; readonly answers: Denied };
  /** The customer account_sid revokes what it granted the app. */
  readonly ControlDeauthorize: { readonly takes: GrantOf; readonly answers: Deauthorized };
  /** The past and pending webhooks, newest first, with all attempts. */
  readonly ControlListDeliveries: {
    readonly takes: DeliveryFilter;
    readonly answers: {
      readonly deliveries: readonly Delivery[];
    };
  };
  /** Sends a delivery again, now, as the same one and with its schedule begun anew. */
  readonly ControlReplayDelivery: { readonly takes: undefined; readonly answers: Delivery };
  /** Counts usage: one event, or a list of them of which all or none are counted. */
  readonly ControlMeterUsage: {
    readonly takes: UsageEvent | readonly UsageEvent[];
    readonly answers: Metered;
  };
  /** Says to which targets of a connection policy a number of calls would go. */
  readonly ControlRouteCalls: {
    readonly takes: RouteWanted;
    readonly answers: {
      readonly targets: readonly RouteShare[];
    };
  };
  /** A message arrives from outside at a number of an account. */
  readonly ControlReceiveMessage: { readonly takes: InboundMessage; readonly answers: Message };
  /** A call arrives from outside at a number of an account. */
  readonly ControlReceiveCall: { readonly takes: InboundCall; readonly answers: Call };
  /** Makes a messaging service of an account, with all its numbers or with some of them. */
  readonly ControlCreateMessagingService: {
    readonly takes: NewMessagingService;
    readonly answers: MessagingService;
  };
  /** Gives an account a phone number of one’s choice, on offer or not. */
  readonly ControlCreatePhoneNumber: {
    readonly takes: NewPhoneNumber;
    readonly answers: PhoneNumber;
  };
  /** Limits what a Connect app may spend for the customer account_sid in a month. */
  readonly ControlLimitGrant: { readonly takes: NewGrantLimit; readonly answers: GrantLimit };
  /** Sets the balance below which the apps of a main account write and send nothing. */
  readonly ControlLimitAccount: { readonly takes: NewAccountLimits; readonly answers: Balance };
  /** Sets what usage of a category costs from a day on; the price null takes it back. */
  readonly ControlSetRate: { readonly takes: NewRate; readonly answers: Rate };
  /** The balance of a main account, its floor, and what was credited, newest first. */
  readonly ControlFetchBalance: { readonly takes: undefined; readonly answers: BalanceWithCredits };
  /** Adds to the balance of a main account, or takes back from it, once for each key. */
  readonly ControlCreditBalance: { readonly takes: NewCredit; readonly answers: CreditedBalance };
  /** The changes to the platform itself, such as its rates, with their authors, newest first. */
  readonly ControlListPlatformAudit: {
    readonly takes: undefined;
    readonly answers: {
      readonly events: readonly PlatformEvent[];
    };
  };
  /** The time that the product goes by. */
  readonly ControlFetchClock: { readonly takes: undefined; readonly answers: Clock };
  /**
   * Moves the time forward, to a moment or by a length of time; it runs on from there. Answers
   * when the webhooks that fell due have been tried once, after at most 30 s. Puts it back in
   * step with real time where nothing is dated later.
   */
  readonly ControlMoveClock: { readonly takes: ClockMove; readonly answers: ClockMoved };
  /** The snapshots that are kept, by name. */
  readonly ControlListSnapshots: {
    readonly takes: undefined;
    readonly answers: {
      readonly snapshots: readonly Snapshot[];
    };
  };
  /** Keeps the whole world under a name, in place of one that has it. */
  readonly ControlKeepSnapshot: { readonly takes: NewSnapshot; readonly answers: Snapshot };
  /** Makes a snapshot the world again, its clock included, and takes all faults away. */
  readonly ControlRestoreSnapshot: { readonly takes: undefined; readonly answers: undefined };
  /** Forgets a snapshot; the world stays as it is. */
  readonly ControlDeleteSnapshot: { readonly takes: undefined; readonly answers: undefined };
  /** The faults of this process in their order, and how often each has struck. */
  readonly ControlListFaults: {
    readonly takes: undefined;
    readonly answers: {
      readonly faults: readonly Fault[];
    };
  };
  /**
   * Has requests of the API answered with an error, late, or not at all; the first fault that
   * strikes a request is the only one.
   */
  readonly ControlCreateFault: { readonly takes: NewFault; readonly answers: Fault };
  /** Takes every fault of this process away. */
  readonly ControlDeleteFaults: { readonly takes: undefined; readonly answers: undefined };
  /** Takes one fault away. */
  readonly ControlDeleteFault: { readonly takes: undefined; readonly answers: undefined };
  /**
   * Empties the database, puts the clock back, takes all faults away, and makes the world of a
   * first start again; snapshots stay.
   */
  readonly ControlReset: { readonly takes: undefined; readonly answers: undefined };
}

/** The method of each call, and its path below `/_tieline`. */
export const CONTROL_ROUTES = {
  ControlListAccounts: ['GET', '/accounts'],
  ControlCreateAccount: ['POST', '/accounts'],
  ControlUpgradeAccount: ['POST', '/accounts/:Sid/upgrade'],
  ControlCreateConnectApp: ['POST', '/connect_apps'],
  ControlDeleteConnectApp: ['DELETE', '/connect_apps/:Sid'],
  ControlAuthorize: ['POST', '/authorize'],
  ControlDeny: ['POST', '/deny'],
  ControlDeauthorize: ['POST', '/deauthorize'],
  ControlListDeliveries: ['GET', '/deliveries'],
  ControlReplayDelivery: ['POST', '/deliveries/:Sid/replay'],
  ControlMeterUsage: ['POST', '/usage'],
  ControlRouteCalls: ['GET', '/route'],
  ControlReceiveMessage: ['POST', '/messages'],
  ControlReceiveCall: ['POST', '/calls'],
  ControlCreateMessagingService: ['POST', '/messaging_services'],
  ControlCreatePhoneNumber: ['POST', '/phone_numbers'],
  ControlLimitGrant: ['POST', '/grant_limits'],
  ControlLimitAccount: ['POST', '/accounts/:Sid/limits'],
  ControlSetRate: ['POST', '/rates'],
  ControlFetchBalance: ['GET', '/accounts/:Sid/balance'],
  ControlCreditBalance: ['POST', '/accounts/:Sid/balance'],
  ControlListPlatformAudit: ['GET', '/audit'],
  ControlFetchClock: ['GET', '/clock'],
  ControlMoveClock: ['POST', '/clock'],
  ControlListSnapshots: ['GET', '/snapshots'],
  ControlKeepSnapshot: ['POST', '/snapshots'],
  ControlRestoreSnapshot: ['POST', '/snapshots/:SnapshotName/restore'],
  ControlDeleteSnapshot: ['DELETE', '/snapshots/:SnapshotName'],
  ControlListFaults: ['GET', '/faults'],
  ControlCreateFault: ['POST', '/faults'],
  ControlDeleteFaults: ['DELETE', '/faults'],
  ControlDeleteFault: ['DELETE', '/faults/:FaultId'],
  ControlReset: ['POST', '/reset'],
} as const;
