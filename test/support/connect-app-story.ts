import sharp from 'sharp';
import { aPerson, type Browser, signedIn, unescaped, type Visit } from './browser.ts';
import { type TestAccount, type TestApp, type TestEngine, testApp } from './test-app.ts';

/** The logo that an owner uploads. */
const PICTURE = sharp({
  create: { width: 300, height: 200, channels: 3, background: '#0f6d6a' },
})
  .png()
  .toBuffer();

/** A valid form. */
export const FORM = {
  FriendlyName: 'Call counter',
  CompanyName: 'Counting Ltd',
  Description: 'Counts calls.\r\nEvery day.',
  HomepageUrl: 'https://counter.example.com/',
  TermsOfServiceUrl: 'https://counter.example.com/terms',
  AuthorizeRedirectUrl: 'https://counter.example.com/authorized?from=button ',
  DeauthorizeCallbackUrl: 'https://user:pass-word@counter.example.com/gone',
  DeauthorizeCallbackMethod: 'GET',
  Permissions: ['get-all'],
  SignedRedirect: '1',
} as const;

export interface Story extends AsyncDisposable {
  readonly app: TestApp;
  readonly owner: TestAccount;
  readonly browser: Browser;
  /** The path of the list of the account's apps. */
  readonly list: string;
}

/** An owner of apps who uses the console. */
export async function aStory(engine: TestEngine, type: 'Full' | 'Trial' = 'Full'): Promise<Story> {
  const app = await testApp({ engine });
  const owner = await app.anAccount({ type });
  const browser = await signedIn(app, await aPerson(app, owner));
  const list = `/console/${owner.sid}/connect-apps`;
  return { app, owner, browser, list, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** The text of a page without tags. */
export function wordsOf({ text }: Pick<Visit, 'text'>): string {
  return unescaped(text.replaceAll(/<\/?bdi>/g, '').replaceAll(/<[^>]*>/g, ' ')).replaceAll(
    /\s+/g,
    ' ',
  );
}

/** Sends the form that makes an app, with its logo. */
export async function create(
  { browser, list }: Story,
  form: Record<string, string | readonly string[]> = FORM,
  logo?: Buffer,
): Promise<Visit> {
  const page = await browser.get(`${list}/new`);
  return browser.upload(page, `${list}/new`, form, { Logo: logo ?? (await PICTURE) });
}

/** Sends the form that changes an app, without choosing another logo, and goes on from a preview. */
export async function edit(
  { browser }: Story,
  path: string,
  form: Record<string, string | readonly string[]>,
): Promise<Visit> {
  const page = await browser.get(`${path}/edit`);
  const sent = await browser.upload(page, `${path}/edit`, form, { Logo: Buffer.alloc(0) });
  if (sent.status !== 200) return sent;
  // The hidden fields of a page come with one value each.
  return browser.submit(sent, `${path}/edit`, { Permissions: form['Permissions'] ?? [] });
}
