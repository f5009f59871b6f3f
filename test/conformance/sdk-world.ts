import assert from 'node:assert/strict';
import { SaxesParser } from 'saxes';
import twilio from 'twilio';
import type { Login } from '../support/test-app.ts';

/**
 * The unmodified official SDK, directed to a server of the test. `account_sid` is the account in
 * the paths. Without it the SDK takes the user name, which is wrong for an API key.
 */
export function sdk(origin: string, login: Login, account_sid?: string): twilio.Twilio {
  const options = account_sid === undefined ? {} : { accountSid: account_sid };
  const client = twilio(login.username, login.password, options);
  client.api.baseUrl = origin;
  client.voice.baseUrl = origin;
  return client;
}

/** Expects the SDK's own exception, with the status and the code of the server. */
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

/** Parses an XML document. It throws for a document that is not well-formed. */
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

/** The only child with this name. */
export function child(element: ParsedElement | undefined, name: string): ParsedElement {
  const found = element?.children.filter((one) => one.name === name) ?? [];
  assert.equal(found.length, 1, `<${element?.name}> has ${found.length} <${name}>`);
  return found[0] as ParsedElement;
}

/** Reads CSV by RFC 4180, with any line ends between records. */
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
