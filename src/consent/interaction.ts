import type { Selectable } from 'kysely';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import type { Tables } from '../db/tables/tables.ts';

/**
 * One visit to the consent page. The page's form has its id, and only the id's digest is stored.
 */
export type Interaction = Selectable<Tables['interactions']>;

/** The parameters of a Connect button's link. */
export interface Link extends Pick<Interaction, 'extra_query' | 'ignored_cb'> {
  readonly state: string | null;
}

export const INTERACTION_BYTES = 24;
/** The time limit for an answer, and for the sign-in or sign-up before it. */
export const INTERACTION_MS = 10 * 60_000;
export const RETURN_MS = 3_600_000;
/** A second click of the same answer within this time gets the same redirect as the first. */
export const REPEAT_MS = 60_000;
/** Older rows have no use and are deleted. */
export const INTERACTION_KEPT_MS = 24 * 3_600_000;

/**
 * The parts of an app that the page shows. An answer counts only while they are unchanged
 * (docs/threats.md, T10, T12).
 */
export function shownOf(app: ConnectApp): string {
  return JSON.stringify([
    app.friendly_name,
    app.company_name,
    app.description,
    app.homepage_url,
    app.terms_of_service_url,
    app.authorize_redirect_url,
    app.permissions,
    app.signed_redirect,
  ]);
}

/** The state for its column, as JSON, because PostgreSQL's texts cannot have U+0000. */
export function writeState(state: string | null): string | null {
  return state === null ? null : JSON.stringify(state);
}

export function readState({ state }: Pick<Interaction, 'state'>): string | null {
  return state === null ? null : (JSON.parse(state) as string);
}

const STATE_BYTES = 2_048;

/** The rule that a `state` breaks; null when it can be carried (docs/threats.md, T14). */
export function ruleOfState(state: string): string | null {
  if (!state.isWellFormed()) return 'must be Unicode text';
  return Buffer.byteLength(state) > STATE_BYTES ? `must be at most ${STATE_BYTES} bytes` : null;
}
