import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fetchAccount } from '../../accounts/account-store.ts';
import type { App } from '../../app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { ConfigError } from '../../kit/config-error.ts';
import { askDoctor } from '../../webhooks/doctor/ask-doctor.ts';
import { type Diagnosis, diagnose } from '../../webhooks/doctor/diagnose.ts';
import { commonLength, explain } from '../../webhooks/doctor/explain.ts';
import { readCase } from '../../webhooks/doctor/read-case.ts';
import type { SignatureCase } from '../../webhooks/doctor/signature-case.ts';

/** A request as its receiver saw it, by the options of the command. */
export interface DoctorOptions {
  readonly url: string;
  readonly signature: string;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly computed?: string;
  readonly forwardedHost?: string;
}

/** The largest body file. A longer one is refused by its length anyway. */
const MAX_FILE_BYTES = 1024 * 1024;

/** @throws ConfigError for a wrong option, naming it and the rule */
export async function readDoctorCase(options: DoctorOptions): Promise<SignatureCase> {
  const { body, bodyFile } = options;
  if (body !== undefined && bodyFile !== undefined) {
    throw new ConfigError('Give --body or --body-file, not both.');
  }
  const given = {
    Url: options.url,
    Signature: options.signature,
    Body: bodyFile === undefined ? body : await readBodyFile(bodyFile),
    Computed: options.computed,
    ForwardedHost: options.forwardedHost,
  };
  try {
    return readCase(given);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.broken) throw error;
    const { parameter, rule } = error.broken;
    throw new ConfigError(`${OPTIONS[parameter as keyof typeof OPTIONS]} ${rule}.`);
  }
}

const OPTIONS = {
  Url: '--url',
  Signature: '--signature',
  Body: '--body',
  Computed: '--computed',
  ForwardedHost: '--forwarded-host',
};

async function readBodyFile(file: string): Promise<string> {
  try {
    if (file === '-') return await text(process.stdin);
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new ConfigError(`--body-file ${file} is larger than 1 MiB.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`--body-file ${file} cannot be read (${(error as Error).message}).`);
  }
}

/** Examines a request with the tokens of an account in the data. */
export async function diagnoseFor(
  app: App,
  account_sid: string,
  given: SignatureCase,
): Promise<Diagnosis> {
  const account = await fetchAccount(app.database.db, account_sid);
  if (!account) throw new ConfigError(`There is no account ${account_sid} in this data.`);
  return askDoctor(app, app.database.db, account, given);
}

/** Examines a request with one token, without any data. */
export function diagnoseWith(token: string, given: SignatureCase): Diagnosis {
  return diagnose(given, [{ name: 'the given token', token, is_usual: true }]);
}

/** The diagnosis as lines for a terminal. */
export function doctorText(diagnosis: Diagnosis): string {
  const { title, points } = explain(diagnosis);
  const lines = [title];
  for (const { says, fix } of points) {
    lines.push('', `  ${says}.`);
    if (fix !== null) lines.push(`  ${fix}`);
  }
  const { checked, signed } = diagnosis;
  if (signed !== null && signed !== checked) {
    const at = commonLength(checked, signed);
    lines.push('', `The texts differ from character ${at + 1} on.`);
    lines.push(`  signed   ${JSON.stringify(signed)}`, `  checked  ${JSON.stringify(checked)}`);
  }
  return lines.join('\n');
}
