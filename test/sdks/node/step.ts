import assert from 'node:assert/strict';
import type twilio from 'twilio';

/** A setting of the program. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}.`);
  return value;
}

/** Does one step and prints its outcome. A failure does not stop the next steps. */
export async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`failed ${name} ${String(error).replaceAll(/\s+/g, ' ')}`);
    process.exitCode = 1;
  }
}

/** Expects the SDK's own exception, with the status and the code of the answer. */
export async function refused(
  sdk: typeof twilio,
  [status, code]: readonly [number, number],
  work: () => Promise<unknown>,
): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof sdk.RestException);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });
}
