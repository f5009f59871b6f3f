/** Milliseconds since 1970-01-01T00:00:00Z, as every table stores them. */
export type EpochMs = number;

/**
 * RFC 2822 with a numeric zone, as the 2010 API writes dates: `Thu, 30 Jul 2015 20:00:00 +0000`.
 */
export function rfc2822(ms: EpochMs): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

/** ISO 8601 in whole seconds, as the v1 APIs write dates: `2015-07-30T20:00:00Z`. */
export function iso8601(ms: EpochMs): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
