import { hash } from 'node:crypto';
import { substituted, wellKnown } from '../../notebooks/describe/known-documents.ts';
import type { Cell } from '../../notebooks/notebook.ts';
import type { Redaction } from '../../notebooks/report/report-redaction.ts';
import {
  findAnswer,
  isSecretQuestion,
  type Prepared,
  promptVariable,
} from '../../notebooks/run/answers.ts';
import {
  type Challenge,
  type Credentials,
  type Host,
  type KnownDocument,
  UnansweredError,
} from '../../notebooks/run/host.ts';
import {
  openNodeWorker,
  readChai,
  readGuestScripts,
  sendByFetch,
} from '../../notebooks/run/node-host.ts';
import type { Answer, OutputLine, Question } from '../../notebooks/run/outcome.ts';
import { includedFile } from './notebook-includes.ts';
import type { NotebookOutput } from './notebook-output.ts';
import type { Terminal } from './notebook-terminal.ts';

/** The most characters of a message in the proposed `--answer`. */
const MAX_PATTERN_LENGTH = 40;

/** The most notes about the dialogs of one cell. */
const MAX_NOTES = 50;

/** The settings of a run for its host. */
export interface HostSettings {
  readonly base_url: string;
  readonly auth_token: string | null;
  readonly prepared: Prepared;
  /** The answer to `confirm`; null asks the person at the terminal. */
  readonly confirmed: boolean | null;
  /** Documents by absolute address. */
  readonly documents: ReadonlyMap<string, { readonly file: string; readonly text: string }>;
  readonly output: NotebookOutput;
  readonly terminal: Terminal;
  readonly redaction: Redaction;
}

/** The host of notebooks that run from a command line. */
export class CommandLineHost implements Host {
  readonly guest = readGuestScripts();
  readonly openWorker = openNodeWorker;
  readonly send = sendByFetch;
  /** Prepared answers that were used. The others are named at the end. */
  readonly used = new Set<unknown>();
  readonly #settings: HostSettings;
  #cell: Cell | null = null;
  #lines: OutputLine[] = [];
  #asked: Credentials | null = null;
  #isHinted = false;

  constructor(settings: HostSettings) {
    this.#settings = settings;
  }

  /** Notes the cell to which later questions belong. */
  beginCell(cell: Cell): void {
    this.#cell = cell;
    this.#lines = [];
  }

  /** The notes about the dialogs of the cell. */
  endCell(): readonly OutputLine[] {
    this.#cell = null;
    return this.#lines;
  }

  /** The milliseconds since the start of the process. */
  now(): number {
    return performance.timeOrigin + performance.now();
  }

  async answer(question: Question): Promise<Answer> {
    const { message } = question;
    if (question.kind === 'prompt') return this.#prompt(message, question.suggestion);
    const { terminal, confirmed, redaction } = this.#settings;
    if (question.kind === 'alert') {
      if (terminal.isThere) await terminal.ask(redaction.hide(`${message} (Enter goes on)`));
      else this.#note(`alert: ${message}`);
      return null;
    }
    if (confirmed !== null) return confirmed;
    if (terminal.isThere) return terminal.confirm(redaction.hide(message));
    this.#note(`"${message}" was answered no, because there is no terminal; --yes answers yes.`);
    return false;
  }

  async credentials({ username, refused }: Challenge): Promise<Credentials | null> {
    const { auth_token, prepared, terminal } = this.#settings;
    const known = username ?? prepared.account_sid;
    if (auth_token !== null && known !== null) return { username: known, password: auth_token };
    if (!terminal.isThere) {
      this.#hint();
      return null;
    }
    if (this.#asked && refused === 0 && (username === null || username === this.#asked.username)) {
      return this.#asked;
    }
    return this.#askCredentials(known);
  }

  async document(url: string, included_by: string | null): Promise<KnownDocument | null> {
    const { base_url, documents } = this.#settings;
    const address = URL.parse(url, base_url)?.href ?? url;
    const root = included_by === null ? undefined : documents.get(included_by);
    const beside = root && includedFile(address, included_by ?? '', root.file);
    const mapped = documents.get(address) ?? beside;
    if (mapped) {
      const { file, text } = mapped;
      return { text, notice: `${url} is ${file} (sha256 ${hash('sha256', text)}).` };
    }
    const known = wellKnown(url);
    if (known?.kind === 'chai') {
      return { text: await readChai(), notice: substituted(known.version) };
    }
    if (!known) return null;
    return { url: new URL(known.path, base_url).href };
  }

  async #prompt(message: string, suggestion: string | null): Promise<string | null> {
    const { prepared, terminal, redaction } = this.#settings;
    const isSecret = isSecretQuestion(message);
    const source = this.#cell?.part.source ?? '';
    const found = findAnswer(message, source, prepared);
    if (found?.used) this.used.add('param' in found.used ? found.used.param : found.used);
    if (!found && !terminal.isThere) throw new UnansweredError(unanswered(message, source));
    const value =
      found?.value ??
      (await terminal.ask(redaction.hide(message), {
        masked: isSecret,
        suggestion: suggestion === null ? null : redaction.hide(suggestion),
      }));
    if (isSecret && value !== null) redaction.add('', value);
    return value;
  }

  async #askCredentials(known: string | null): Promise<Credentials | null> {
    const { auth_token, terminal, redaction } = this.#settings;
    const username =
      known ?? (await terminal.ask('Account SID, or SID of an API key'))?.trim() ?? '';
    if (username === '') return null;
    const password =
      auth_token ?? (await terminal.ask(`Auth token of ${username}`, { masked: true }));
    if (!password) return null;
    redaction.add(username, password);
    this.#asked = { username, password };
    return this.#asked;
  }

  #hint(): void {
    if (this.#isHinted) return;
    this.#isHinted = true;
    this.#settings.output.note(
      'The API asks for credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or give --account-sid and --auth-token-file.',
    );
  }

  #note(text: string): void {
    if (this.#lines.length > MAX_NOTES) return;
    const isLast = this.#lines.length === MAX_NOTES;
    this.#lines.push({ level: 'notice', text: isLast ? 'The rest is left out.' : text });
  }
}

/** Proposes flags that answer the question. A secret must not be on a command line. */
function unanswered(message: string, source: string): string {
  const words = message
    .replaceAll(/[^\p{L}\p{N} ]+/gu, '.')
    .slice(0, MAX_PATTERN_LENGTH)
    .trim();
  const variable = promptVariable(source, message);
  const answer = isSecretQuestion(message)
    ? `--answers FILE, which says "${words}: VALUE"`
    : variable === null
      ? `--answer '${words}=VALUE'`
      : `--param ${variable}=VALUE or --answer '${words}=VALUE'`;
  return `Nobody answered "${message}": run it with ${answer}, or at a terminal.`;
}
