/** Generated from the schemas of the control API by `npm run control-types`. */

export type DeliveryState = 'pending' | 'leased' | 'delivered' | 'dead' | 'cancelled';

/**
 * The input of `ControlListDeliveries`: the past and pending webhooks, newest first, with
 * all attempts.
 */
export interface DeliveryFilter {
  readonly account_sid?: string;
  readonly state?: DeliveryState;
  readonly url?: string;
}

export interface DeliveryAttempt {
  readonly number: number;
  readonly date: string;
  readonly url: string;
  /** The text that was signed. */
  readonly signed: string | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
  readonly duration_ms: number;
}

/** The answer of `ControlReplayDelivery`. */
export interface Delivery {
  readonly id: string;
  readonly account_sid: string;
  readonly connect_app_sid: string | null;
  readonly kind: string;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly idempotency_token: string;
  readonly date_created: string;
  readonly date_next: string | null;
  readonly parameters: unknown;
  readonly attempts: readonly DeliveryAttempt[];
}

/**
 * The input of `ControlRouteCalls`: shows to which targets of a connection policy a number
 * of calls would go, or which carriers would take a message and a call between two
 * addresses.
 */
export interface RouteWanted {
  /** The connection policy, `NY…`. */
  readonly policy?: string;
  readonly calls?: number;
  readonly seed?: number;
  /** The recipient of a message or a call, in E.164. */
  readonly to?: string;
  /** The sender, in E.164. */
  readonly from?: string;
  /** The account that sends; without it, the one that holds `from`. */
  readonly account_sid?: string;
  /** The grant of the Connect app that sends. */
  readonly grant_sid?: string;
}

export interface RouteShare {
  readonly sid?: string;
  /** The target of a policy, or the name of a carrier. */
  readonly target: string | null;
  readonly priority?: number;
  readonly weight?: number;
  readonly calls?: number;
  readonly share?: number;
  readonly traffic?: 'calls' | 'messages';
  /** The kind of the carrier. */
  readonly kind?: string | null;
  /** The reason for this carrier. */
  readonly because?: string;
}

/**
 * The input of `ControlListTargets`: the targets of a connection policy, each with its state
 * as the server that answers sees it.
 */
export interface TargetsOf {
  /** The connection policy, `NY…`. */
  readonly policy: string;
}

/**
 * The input of `ControlExportPolicy`: a connection policy in the form of another program, as
 * text.
 */
export interface PolicyExport {
  /** The connection policy, `NY…`. */
  readonly policy: string;
  /** The program that reads the text. */
  readonly format: 'kamailio' | 'opensips' | 'jambonz';
}

/** The answer of `ControlExportPolicy`. */
export interface ExportedPolicy {
  /** The program that reads the text. */
  readonly format: 'kamailio' | 'opensips' | 'jambonz';
  /**
   * A list for Kamailio's module dispatcher, SQL for OpenSIPS' module drouting, or JSON with
   * the carriers of jambonz.
   */
  readonly text: string;
}

export interface TargetState {
  readonly sid: string;
  readonly target: string;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  /** A target that is down comes last. Nobody asked one that is `unknown`. */
  readonly state: 'up' | 'down' | 'unknown';
  /** The reason of the state, as a sentence. */
  readonly detail: string | null;
  readonly since: string | null;
}

/** The answer of `ControlFetchMessage`. */
export interface CarriedMessage {
  readonly sid: string;
  readonly account_sid: string;
  readonly status:
    | 'accepted'
    | 'scheduled'
    | 'queued'
    | 'sending'
    | 'sent'
    | 'delivered'
    | 'undelivered'
    | 'failed'
    | 'receiving'
    | 'received'
    | 'canceled';
  readonly error_code: number | null;
  /** Null: no carrier has named an id for it. */
  readonly carrier: string | null;
  /** The parts that the carrier took. */
  readonly refs: readonly {
    readonly part: number;
    /** The id of the part there. */
    readonly ref: string;
    readonly state: 'accepted' | 'delivered' | 'undelivered' | 'failed';
  }[];
  /** The charge of the account, once the message ended. */
  readonly price: string | null;
  readonly price_unit: string;
  /** The price of the carrier, once it tells one. */
  readonly carrier_cost: string | null;
  readonly carrier_cost_unit: string | null;
}

export interface CarrierState {
  readonly name: string;
  readonly kind: string;
  readonly carries: readonly ('calls' | 'messages')[];
  /** The number of routes that lead to it. */
  readonly routes: number;
  readonly default_of: readonly ('calls' | 'messages')[];
  readonly state: 'up' | 'throttled' | 'down' | 'unknown';
  /** The reason of the state, in words. */
  readonly detail: string | null;
  readonly since: string | null;
}

/**
 * The input of `ControlMoveClock`: moves the time forward, to a moment or by a length of
 * time; it runs on from there. With in_step, puts it back to real time if nothing is dated
 * later. Answers when the webhooks that fell due were tried once, or after 30 s.
 */
export interface ClockMove {
  readonly set?: string;
  readonly advance?: string;
  readonly in_step?: true;
}

/** The answer of `ControlMoveClock`. */
export interface ClockMoved {
  readonly now: string;
  readonly delivered: number;
  readonly pending: number;
}

/** The answer of `ControlFetchClock`. */
export interface Clock {
  readonly now: string;
  readonly real_time: string;
  readonly moved: boolean;
  readonly ahead_ms: number;
}

/**
 * The input of `ControlKeepSnapshot`: stores the whole world under a name, and replaces a
 * snapshot of that name.
 */
export interface NewSnapshot {
  readonly name: string;
}

/** The answer of `ControlKeepSnapshot`. */
export interface Snapshot {
  readonly name: string;
  readonly date_created: string;
  readonly rows: number;
  readonly bytes: number;
}

export type FaultMethod = 'GET' | 'POST' | 'DELETE';

/**
 * The input of `ControlCreateFault`: makes the API answer requests with an error, late, or
 * not at all; at most one fault strikes a request.
 */
export interface NewFault {
  /** A method and a path with stars, or its parts; every request, if it is left out. */
  readonly match?:
    | string
    | {
        readonly method?: FaultMethod;
        readonly path?: string;
      };
  readonly status?: number;
  /** Milliseconds, or text as `2s`. */
  readonly delay?: number | string;
  /** Cuts the connection before or after the request is carried out. */
  readonly cut?: 'before' | 'after';
  readonly times?: number;
  readonly probability?: number;
  readonly seed?: number;
}

/** The answer of `ControlCreateFault`. */
export interface Fault {
  readonly id: string;
  readonly match: {
    readonly method: string | null;
    readonly path: string | null;
  };
  readonly status: number | null;
  readonly delay: number;
  readonly cut: 'before' | 'after' | null;
  readonly times: number | null;
  readonly probability: number;
  readonly seed: number;
  readonly matched: number;
  readonly struck: number;
}
