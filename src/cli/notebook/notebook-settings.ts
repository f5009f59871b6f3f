import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { ConfigError } from '../../config.ts';
import { hasUserInfo } from '../../kit/user-info.ts';
import type { Prepared, PreparedAnswer } from '../../notebooks/run/answers.ts';
import { DEFAULT_CELL_MS, MAX_CELL_MS } from '../../notebooks/run/engine-messages.ts';
import { DEFAULT_BASE_URL, type NotebookOptions } from './notebook-options.ts';
import { type ReportTarget, readReportTargets } from './notebook-reports.ts';
import { type Selection, selectionOf } from './notebook-selection.ts';

export interface Settings {
  readonly files: readonly string[];
  /** The origin of the server; null when a Tieline is started for the run. */
  readonly base_url: string | null;
  readonly account_sid: string | null;
  readonly auth_token: string | null;
  readonly answers: readonly PreparedAnswer[];
  readonly answers_file: string | null;
  readonly params: Prepared['params'];
  /** The answer to `confirm`; null asks at the terminal, and means no without one. */
  readonly confirmed: boolean | null;
  readonly selection: Selection;
  readonly bail: boolean;
  readonly timeout_ms: number;
  readonly reports: readonly ReportTarget[];
  readonly redact: readonly RegExp[];
  readonly allowed_origins: readonly string[];
  /** Files by the address that they replace, as written. */
  readonly maps: readonly (readonly [url: string, file: string])[];
  /** Addresses that the base URL replaces, with all addresses below them. */
  readonly stand_ins: readonly string[];
  readonly watch: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the flags of a run, and the small files that they name.
 * @throws ConfigError with one sentence that names the flag and its allowed values
 */
export function readSettings(
  files: readonly string[],
  options: NotebookOptions,
  env: Env,
): Settings {
  refuseTogether(options);
  const isServed = options.serve === true;
  const mapped = options.map ?? [];
  return {
    files,
    base_url: isServed ? null : originOf('--base-url', options.baseUrl ?? DEFAULT_BASE_URL),
    account_sid: isServed ? null : (options.accountSid ?? (env['TWILIO_ACCOUNT_SID'] || null)),
    auth_token: isServed ? null : readToken(options, env),
    answers: (options.answer ?? []).map(readAnswer),
    answers_file: options.answers ?? null,
    params: new Map((options.param ?? []).map(readParam)),
    confirmed: options.yes ? true : options.no ? false : null,
    selection: selectionOf(options),
    bail: options.bail ?? false,
    timeout_ms: readTimeout(options.timeout),
    reports: readReportTargets(options.report ?? [], files),
    redact: (options.redact ?? []).map(readRedact),
    allowed_origins: (options.allowOrigin ?? []).map((text) => originOf('--allow-origin', text)),
    maps: mapped.filter(namesFile).map(readMap),
    stand_ins: mapped.filter((text) => !namesFile(text)).map(readStandIn),
    watch: options.watch ?? false,
  };
}

/** Reads the answers of a YAML file: a map from regular expressions to values. */
export function readAnswersFile(file: string): PreparedAnswer[] {
  let document: unknown;
  try {
    // In this schema every scalar is text, even 0123 and yes.
    document = parse(readNamed('--answers', file), { schema: 'failsafe' });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const [reason = ''] = (error as Error).message.split('\n', 1);
    throw new ConfigError(`--answers ${file} is no YAML: ${reason}`);
  }
  if (document === null) return [];
  const isMap = typeof document === 'object' && !Array.isArray(document);
  const entries = isMap ? Object.entries(document as object) : [];
  if (!isMap || entries.some(([, value]) => typeof value !== 'string')) {
    throw new ConfigError(
      `--answers ${file} must be a map from regular expressions to values, such as "Account SID: AC…".`,
    );
  }
  return entries.map(([source, value]) => {
    const pattern = patternOf(source, 'i');
    if (!pattern) {
      throw new ConfigError(`--answers ${file} has "${source}", which is no regular expression.`);
    }
    return { pattern, value: value as string, given_by: `"${source}" of --answers ${file}` };
  });
}

function refuseTogether(options: NotebookOptions): void {
  const pairs: readonly (readonly [boolean, string])[] = [
    [
      !!options.serve && options.baseUrl !== undefined,
      '--serve starts a Tieline of its own, so leave out --base-url.',
    ],
    [
      !!options.serve && (options.accountSid ?? options.authTokenFile) !== undefined,
      '--serve runs as the developer account of its own Tieline, so leave out --account-sid and --auth-token-file.',
    ],
    [!!options.yes && !!options.no, '--yes and --no contradict each other: leave one out.'],
    [
      !!options.offline && options.allowOrigin !== undefined,
      '--offline talks to the base URL only, so leave out --allow-origin; --map URL=FILE brings what a notebook loads from elsewhere.',
    ],
    [
      !!options.cell && (options.from ?? options.until) !== undefined,
      '--cell names single cells and --from and --until a range: use one or the other.',
    ],
  ];
  for (const [isGiven, sentence] of pairs) if (isGiven) throw new ConfigError(sentence);
}

function originOf(flag: string, text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(
      `${flag} takes an http or https address such as ${DEFAULT_BASE_URL}, not "${text}".`,
    );
  }
  if (hasUserInfo(url)) {
    throw new ConfigError(`${flag} must not hold credentials; set TWILIO_AUTH_TOKEN.`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`${flag} takes an origin without a path: ${url.origin}.`);
  }
  return url.origin;
}

function readToken({ authTokenFile }: NotebookOptions, env: Env): string | null {
  if (authTokenFile === undefined) return env['TWILIO_AUTH_TOKEN'] || null;
  const token = readNamed('--auth-token-file', authTokenFile).trim();
  if (token === '' || /\s/.test(token)) {
    throw new ConfigError(
      `--auth-token-file ${authTokenFile} must hold the auth token and nothing else.`,
    );
  }
  return token;
}

/**
 * Reads `PATTERN=VALUE`. The pattern may hold equals signs, so it ends at the first one that fits.
 */
function readAnswer(text: string): PreparedAnswer {
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    const source = text.slice(0, at);
    const pattern = source === '' ? null : patternOf(source, 'i');
    if (pattern) return { pattern, value: text.slice(at + 1), given_by: `--answer '${source}=…'` };
  }
  throw new ConfigError(
    `--answer takes a regular expression and a value, such as 'Account SID=AC…', not "${text}".`,
  );
}

function readParam(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([\p{L}_$][\p{L}\p{N}_$]*)=(.*)$/su.exec(text) ?? [];
  if (name === '') {
    throw new ConfigError(
      `--param takes the name of a variable and a value, such as rootAccountSid=AC…, not "${text}".`,
    );
  }
  return [name, value];
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CELL_MS;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (ms < 1 || ms > MAX_CELL_MS) {
    throw new ConfigError(`--timeout takes milliseconds from 1 to ${MAX_CELL_MS}, not "${text}".`);
  }
  return ms;
}

function readRedact(source: string): RegExp {
  const pattern = patternOf(source, 'g');
  if (!pattern) {
    throw new ConfigError(`--redact takes a regular expression, and "${source}" is none.`);
  }
  if (new RegExp(source).test('')) {
    throw new ConfigError(
      `--redact "${source}" matches no text at all, which is everywhere: say what must be there.`,
    );
  }
  return pattern;
}

function namesFile(text: string): boolean {
  return text.includes('=');
}

/** Reads a bare address. Addresses below it are below the base URL. */
function readStandIn(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new ConfigError(mapTakes(text));
  if (hasUserInfo(url) || url.hash !== '') {
    throw new ConfigError(
      `--map ${url.origin}${url.pathname} stands for the base URL: leave out what is before the host and behind the path.`,
    );
  }
  return url.href;
}

function mapTakes(text: string): string {
  return `--map takes an address and a file, such as https://example.com/api.raml=api.raml, or an address that the base URL stands in for, such as https://api.twilio.com; not "${text}".`;
}

/** Reads `ADDRESS=FILE`. Both may hold equals signs, so the split is where the file exists. */
function readMap(text: string): readonly [string, string] {
  for (let at = text.lastIndexOf('='); at > 0; at = text.lastIndexOf('=', at - 1)) {
    const file = text.slice(at + 1);
    if (file !== '' && existsSync(file)) return [text.slice(0, at), file];
  }
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new ConfigError(mapTakes(text));
  }
  throw new ConfigError(`--map names ${resolve(text.slice(at + 1))}, and there is no such file.`);
}

function patternOf(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}

/** The text of a file that a flag names. @throws ConfigError when it cannot be read */
export function readNamed(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new ConfigError(`${flag} names ${file}, and there is no such file.`);
    if (code === 'EISDIR') throw new ConfigError(`${flag} names ${file}, which is a folder.`);
    throw new ConfigError(`${flag} names ${file}, which cannot be read (${code}).`);
  }
}
