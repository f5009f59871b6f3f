export const callsPath = (account_sid: string) => `/console/${account_sid}/calls`;

/** Where a call has its page; null for the SID of anything else. */
export function callPath(account_sid: string, sid: string): string | null {
  return /^CA[0-9a-f]{32}$/.test(sid) ? `${callsPath(account_sid)}/${sid}` : null;
}
