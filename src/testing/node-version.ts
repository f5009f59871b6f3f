/** The oldest Node.js that can run Tieline, as `engines` in package.json. */
const OLDEST = { major: 24, minor: 18 } as const;

export const OLDEST_NODE = `${OLDEST.major}.${OLDEST.minor}`;

/** Whether a Node.js of this version can run Tieline. The version may have a leading `v`. */
export function isNewEnough(version: string): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? [];
  return Number(major) > OLDEST.major || (Number(major) === OLDEST.major && +minor >= OLDEST.minor);
}
