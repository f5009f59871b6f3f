/** The oldest Node.js that Tieline runs on; `engines` in package.json says the same. */
const OLDEST = { major: 24, minor: 18 } as const;

export const OLDEST_NODE = `${OLDEST.major}.${OLDEST.minor}`;

/** Whether Tieline runs on a Node.js of this version, with or without a leading `v`. */
export function isNewEnough(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? [];
  return Number(major) > OLDEST.major || (Number(major) === OLDEST.major && +minor >= OLDEST.minor);
}
