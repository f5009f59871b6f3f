import { ConfigError } from '../config-error.ts';

/**
 * The days for which each kind of data is kept; null keeps it until its account deletes it. They
 * count from the date of creation, by the product's clock.
 */
export interface Retention {
  /** The texts and files of messages. The message itself stays. */
  readonly 'message-bodies': number | null;
  /** Messages, with all that belongs to them. Their usage stays counted. */
  readonly messages: number | null;
  /** Calls that have ended, with their timelines. Their recordings and their usage stay. */
  readonly calls: number | null;
  /** Recordings, with their transcriptions. */
  readonly recordings: number | null;
  /** The events of the audit logs. */
  readonly audit: number | null;
}

export type RetentionKind = keyof Retention;

/** The setting without a value: everything stays. */
export const KEPT_FOR_EVER: Retention = {
  'message-bodies': null,
  messages: null,
  calls: null,
  recordings: null,
  audit: null,
};

/** An audit log answers questions about the last months, so it cannot be kept for less. */
const SHORTEST_DAYS: Readonly<Record<RetentionKind, number>> = {
  'message-bodies': 1,
  messages: 1,
  calls: 1,
  recordings: 1,
  audit: 90,
};
const LONGEST_DAYS = 36_500;

/**
 * Reads `TIELINE_RETENTION`: kinds with their days, such as `message-bodies=90,audit=730`.
 * @throws ConfigError that names the kind and its allowed values
 */
export function readRetention(env: Readonly<Record<string, string | undefined>>): Retention {
  const text = env['TIELINE_RETENTION'];
  const retention: Record<RetentionKind, number | null> = { ...KEPT_FOR_EVER };
  if (text === undefined || text.trim() === '') return retention;
  for (const part of text.split(',')) {
    const [name = '', days, ...more] = part.split('=').map((word) => word.trim());
    const kind = kindOf(name);
    if (kind === null || more.length > 0) {
      const kinds = Object.keys(KEPT_FOR_EVER).join(', ');
      throw new ConfigError(
        `TIELINE_RETENTION must be kinds with days, such as message-bodies=90,audit=730, not "${part.trim()}". The kinds are ${kinds}.`,
      );
    }
    if (retention[kind] !== null) {
      throw new ConfigError(`TIELINE_RETENTION names ${kind} twice.`);
    }
    retention[kind] = readDays(kind, days);
  }
  return retention;
}

function kindOf(name: string): RetentionKind | null {
  return Object.hasOwn(KEPT_FOR_EVER, name) ? (name as RetentionKind) : null;
}

function readDays(kind: RetentionKind, text = ''): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (days >= SHORTEST_DAYS[kind] && days <= LONGEST_DAYS) return days;
  throw new ConfigError(
    `TIELINE_RETENTION must keep ${kind} for ${SHORTEST_DAYS[kind]} to ${LONGEST_DAYS} days, not "${text}".`,
  );
}
