import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** Makes the field of a secret, which the operator's file only names. */
export type SecretReader = () => z.ZodType<string>;

const MAX_SECRET_BYTES = 64 * 1024;
const RULE = 'must be env:NAME or file:PATH, because the file itself holds no secrets';

/**
 * Reads secrets from the environment and from files.
 * @param folder the folder from which relative paths count
 */
export function secretReader(
  environment: (name: string) => string | undefined,
  folder: string,
): SecretReader {
  return () =>
    z.string({ error: RULE }).transform((text, context) => {
      const fail = (message: string) => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      const [, source, name = ''] = /^(env|file):(.+)$/s.exec(text) ?? [];
      if (source === undefined) return fail(RULE);
      if (source === 'env') {
        const value = environment(name);
        return value ? value : fail(`names the environment variable ${name}, which is not set`);
      }
      const { value, problem } = readSecretFile(resolve(folder, name));
      return problem === null ? value : fail(`names the file ${name}, which ${problem}`);
    });
}

function readSecretFile(path: string): { value: string; problem: string | null } {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_SECRET_BYTES) {
      return { value: '', problem: `is larger than ${MAX_SECRET_BYTES / 1024} KiB` };
    }
    // Editors end a file with a line break, which is no part of the secret.
    const value = bytes.toString('utf8').replace(/\r?\n$/, '');
    return { value, problem: value === '' ? 'is empty' : null };
  } catch (error) {
    return { value: '', problem: `cannot be read (${(error as { code?: string }).code})` };
  }
}
