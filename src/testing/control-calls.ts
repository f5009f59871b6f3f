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
  NewStock,
  PlatformEvent,
  Rate,
  StockImported,
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
  CarriedMessage,
  CarrierState,
  Clock,
  ClockMove,
  ClockMoved,
  Delivery,
  DeliveryFilter,
  ExportedPolicy,
  Fault,
  NewFault,
  NewSnapshot,
  PolicyExport,
  RouteShare,
  RouteWanted,
  Snapshot,
  TargetState,
  TargetsOf,
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
  /** Deletes a Connect app and revokes its grants. */
  readonly ControlDeleteConnectApp: { readonly takes: undefined; readonly answers: undefined };
  /** The consent in one call: the customer account_sid authorises the app. */
  readonly ControlAuthorize: { readonly takes: Consent; readonly answers: Authorized };
  /** The refusal in one call: nothing is granted. */
  readonly ControlDeny: { readonly takes: Consent; readonly answers: Denied };
  /** The revoke: the customer account_sid ends its grant to the app. */
  readonly ControlDeauthorize: { readonly takes: GrantOf; readonly answers: Deauthorized };
  /** The past and pending webhooks, newest first, with all attempts. */
  readonly ControlListDeliveries: {
    readonly takes: DeliveryFilter;
    readonly answers: {
      readonly deliveries: readonly Delivery[];
    };
  };
  /** Sends a delivery again now, with the same token, and restarts its schedule. */
  readonly ControlReplayDelivery: { readonly takes: undefined; readonly answers: Delivery };
  /** Counts usage: one event, or a list of events, of which all or none count. */
  readonly ControlMeterUsage: {
    readonly takes: UsageEvent | readonly UsageEvent[];
    readonly answers: Metered;
  };
  /** The carriers of the server that answers, each with its state there. */
  readonly ControlListCarriers: {
    readonly takes: undefined;
    readonly answers: {
      readonly carriers: readonly CarrierState[];
    };
  };
  /**
   * Shows to which targets of a connection policy a number of calls would go, or which
   * carriers would take a message and a call between two addresses.
   */
  readonly ControlRouteCalls: {
    readonly takes: RouteWanted;
    readonly answers: {
      readonly targets: readonly RouteShare[];
    };
  };
  /**
   * The targets of a connection policy, each with its state as the server that answers sees
   * it.
   */
  readonly ControlListTargets: {
    readonly takes: TargetsOf;
    readonly answers: {
      readonly targets: readonly TargetState[];
    };
  };
  /** A connection policy in the form of another program, as text. */
  readonly ControlExportPolicy: { readonly takes: PolicyExport; readonly answers: ExportedPolicy };
  /** A message arrives from outside at a number of an account. */
  readonly ControlReceiveMessage: { readonly takes: InboundMessage; readonly answers: Message };
  /** A message with what its carrier told of it. No text and no address is in it. */
  readonly ControlFetchMessage: { readonly takes: undefined; readonly answers: CarriedMessage };
  /** A call arrives from outside at a number of an account. */
  readonly ControlReceiveCall: { readonly takes: InboundCall; readonly answers: Call };
  /** Makes a messaging service of an account, with all its numbers or with some of them. */
  readonly ControlCreateMessagingService: {
    readonly takes: NewMessagingService;
    readonly answers: MessagingService;
  };
  /** Gives an account any phone number, on offer or not. */
  readonly ControlCreatePhoneNumber: {
    readonly takes: NewPhoneNumber;
    readonly answers: PhoneNumber;
  };
  /**
   * Puts numbers into the stock that accounts buy from. Refused numbers are named, and do not
   * hold back the others. The same numbers change nothing the second time.
   */
  readonly ControlImportNumbers: { readonly takes: NewStock; readonly answers: StockImported };
  /**
   * Limits what a Connect app may do for the customer account_sid: its spending in a month,
   * the countries that it reaches, and the time at which its grant ends. A missing limit
   * stays.
   */
  readonly ControlLimitGrant: { readonly takes: NewGrantLimit; readonly answers: GrantLimit };
  /**
   * Sets limits of an account: the countries that it reaches, its messages and calls in a
   * second, its calls at once, and, for a main account, the balance below which its apps write
   * and send nothing. A missing limit stays.
   */
  readonly ControlLimitAccount: { readonly takes: NewAccountLimits; readonly answers: Balance };
  /** Sets the rate of a category from a day on; the price null removes it. */
  readonly ControlSetRate: { readonly takes: NewRate; readonly answers: Rate };
  /** The balance of a main account, its floor, and what was credited, newest first. */
  readonly ControlFetchBalance: { readonly takes: undefined; readonly answers: BalanceWithCredits };
  /**
   * Adds an amount, which may be negative, to the balance of a main account, once for each
   * key.
   */
  readonly ControlCreditBalance: { readonly takes: NewCredit; readonly answers: CreditedBalance };
  /** The changes to the platform itself, such as its rates, with their authors, newest first. */
  readonly ControlListPlatformAudit: {
    readonly takes: undefined;
    readonly answers: {
      readonly events: readonly PlatformEvent[];
    };
  };
  /** The product's time. */
  readonly ControlFetchClock: { readonly takes: undefined; readonly answers: Clock };
  /**
   * Moves the time forward, to a moment or by a length of time; it runs on from there. With
   * in_step, puts it back to real time if nothing is dated later. Answers when the webhooks
   * that fell due were tried once, or after 30 s.
   */
  readonly ControlMoveClock: { readonly takes: ClockMove; readonly answers: ClockMoved };
  /** The stored snapshots, by name. */
  readonly ControlListSnapshots: {
    readonly takes: undefined;
    readonly answers: {
      readonly snapshots: readonly Snapshot[];
    };
  };
  /** Stores the whole world under a name, and replaces a snapshot of that name. */
  readonly ControlKeepSnapshot: { readonly takes: NewSnapshot; readonly answers: Snapshot };
  /** Restores a snapshot's world, with its clock, and removes all faults. */
  readonly ControlRestoreSnapshot: { readonly takes: undefined; readonly answers: undefined };
  /** Deletes a snapshot; the world does not change. */
  readonly ControlDeleteSnapshot: { readonly takes: undefined; readonly answers: undefined };
  /** The faults of this process in their order, and how often each has struck. */
  readonly ControlListFaults: {
    readonly takes: undefined;
    readonly answers: {
      readonly faults: readonly Fault[];
    };
  };
  /**
   * Makes the API answer requests with an error, late, or not at all; at most one fault
   * strikes a request.
   */
  readonly ControlCreateFault: { readonly takes: NewFault; readonly answers: Fault };
  /** Removes all faults of this process. */
  readonly ControlDeleteFaults: { readonly takes: undefined; readonly answers: undefined };
  /** Removes one fault. */
  readonly ControlDeleteFault: { readonly takes: undefined; readonly answers: undefined };
  /**
   * Empties the database, puts the clock back, removes all faults, and makes the world of a
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
  ControlListCarriers: ['GET', '/carriers'],
  ControlRouteCalls: ['GET', '/route'],
  ControlListTargets: ['GET', '/targets'],
  ControlExportPolicy: ['GET', '/targets/export'],
  ControlReceiveMessage: ['POST', '/messages'],
  ControlFetchMessage: ['GET', '/messages/:Sid'],
  ControlReceiveCall: ['POST', '/calls'],
  ControlCreateMessagingService: ['POST', '/messaging_services'],
  ControlCreatePhoneNumber: ['POST', '/phone_numbers'],
  ControlImportNumbers: ['POST', '/numbers'],
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
