import assert from 'node:assert/strict';
import { wellKnown } from '../../src/notebooks/describe/known-documents.ts';
import { cellsOf, readNotebook } from '../../src/notebooks/notebook.ts';
import type { Host, IncomingResponse, OutgoingRequest } from '../../src/notebooks/run/host.ts';
import { UnansweredError } from '../../src/notebooks/run/host.ts';
import {
  openNodeWorker,
  readChai,
  readGuestScripts,
  sendByFetch,
} from '../../src/notebooks/run/node-host.ts';
import type { Outcome, Value } from '../../src/notebooks/run/outcome.ts';
import { Session, type SessionOptions } from '../../src/notebooks/run/session.ts';

/** The base URL of an API without a server. Requests to it fail, unless a test answers them. */
export const NOWHERE = 'http://tieline.invalid';

const guest = readGuestScripts();

/** A host like a terminal, without a person to ask and with the real network. */
export function aHost(parts: Partial<Host> = {}): Host {
  return {
    guest,
    openWorker: openNodeWorker,
    send: sendByFetch,
    answer: async ({ message }) => {
      throw new UnansweredError(`Nobody is there to answer "${message}".`);
    },
    credentials: async () => null,
    document: async (url) =>
      wellKnown(url)?.kind === 'chai' ? { text: await readChai(), notice: null } : null,
    now: () => 0,
    ...parts,
  };
}

/** A network of one function. It keeps the sent requests and invents the answers. */
export function aNetwork(
  answer: (request: OutgoingRequest) => Partial<IncomingResponse> = () => ({}),
): Pick<Host, 'send'> & { readonly sent: OutgoingRequest[] } {
  const sent: OutgoingRequest[] = [];
  return {
    sent,
    send: async (request) => {
      sent.push(request);
      return { status: 200, headers: [], body: '', ...answer(request) };
    },
  };
}

/** Runs cells one after the other in one sandbox, and closes it. */
export async function runCells(
  sources: readonly string[],
  host: Partial<Host> = {},
  options: Partial<SessionOptions> = {},
): Promise<Outcome[]> {
  const session = new Session(aHost(host), { base_url: NOWHERE, ...options });
  const outcomes: Outcome[] = [];
  try {
    for (const cell of cellsOf(notebookOf(sources))) {
      if (session.isGone) break;
      outcomes.push(await session.run(cell));
    }
  } finally {
    session.close();
  }
  return outcomes;
}

/** The value of the last cell, which must succeed. */
export async function valueOf(...sources: readonly string[]): Promise<unknown> {
  const outcome = (await runCells(sources)).at(-1);
  assert.deepEqual(outcome?.failure, null);
  return plainOf(outcome.value);
}

/** The failure of the last cell, which must fail. */
export async function failureOf(
  ...sources: readonly string[]
): Promise<NonNullable<Outcome['failure']>> {
  const outcome = (await runCells(sources)).at(-1);
  assert.ok(outcome?.failure, `it came to ${JSON.stringify(outcome?.value)}`);
  return outcome.failure;
}

function notebookOf(sources: readonly string[]) {
  return readNotebook(sources.map((source) => `\`\`\`javascript\n${source}\n\`\`\`\n`).join('\n'));
}

/** The value that a tree shows, as far as JSON can hold it. */
export function plainOf(value: Value | null): unknown {
  if (value === null) return null;
  if (value.kind === 'plain') {
    return value.type in PLAIN ? PLAIN[value.type]?.(value.text) : value.text;
  }
  if (value.kind === 'array') return value.entries.map((entry) => plainOf(entry.value));
  if (value.kind !== 'object') return value.text;
  return Object.fromEntries(value.entries.map((entry) => [entry.key, plainOf(entry.value)]));
}

const PLAIN: Readonly<Record<string, (text: string) => unknown>> = {
  number: Number,
  boolean: (text) => text === 'true',
  null: () => null,
  undefined: () => undefined,
};
