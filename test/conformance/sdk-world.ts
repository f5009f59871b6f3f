import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';
import twilio from 'twilio';
import type { Login } from '../support/test-app.ts';

/**
 * The official SDK, unmodified, pointed at a server of ours. `account_sid` is the account in the
 * paths, which the SDK takes from the user name unless that is an API key.
 */
export function sdk(origin: string, login: Login, account_sid?: string): twilio.Twilio {
  const options = account_sid === undefined ? {} : { accountSid: account_sid };
  const client = twilio(login.username, login.password, options);
  client.api.baseUrl = origin;
  client.voice.baseUrl = origin;
  return client;
}

/** The SDK throws its own exception, with the status and the code that the server gave. */
export async function assertRefused(
  call: Promise<unknown>,
  status: number,
  code: number,
): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof twilio.RestException, String(error));
    assert.deepEqual({ status: error.status, code: error.code }, { status, code }, error.message);
    assert.equal(error.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
    return true;
  });
}

export const sidsOf = (resources: readonly { readonly sid: string }[]) =>
  resources.map(({ sid }) => sid);

export interface ParsedElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: ParsedElement[];
  text: string;
}

/** Parses a document as any XML processor does; one that is not well-formed throws. */
export function parseXml(document: string): ParsedElement {
  const top: ParsedElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const element: ParsedElement = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(document).close();
  const [root] = top.children;
  assert.ok(root, 'a document without an element');
  return root;
}

/** The one child of this name. */
export function child(element: ParsedElement | undefined, name: string): ParsedElement {
  const found = element?.children.filter((one) => one.name === name) ?? [];
  assert.equal(found.length, 1, `<${element?.name}> has ${found.length} <${name}>`);
  return found[0] as ParsedElement;
}

/** Reads CSV as RFC 4180 has it, with line ends of any kind between records. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  for (const [, end, quoted, plain] of text.matchAll(
    /(^|,|\r\n|\r|\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g,
  )) {
    if (end?.match(/[\r\n]/)) records.push([]);
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
  }
  assert.deepEqual(records.pop(), [''], 'the last record ends with a line end');
  return records;
}

const SHARED = new URL('../../../shared/', import.meta.url);

/** Where the sources that this checkout does not bring are looked for. */
export const hasShared = existsSync(new URL('spec/openapi', SHARED));

/** Reads a file of ../shared. */
export function readShared(path: string): string {
  return readFileSync(new URL(path, SHARED), 'utf8');
}
