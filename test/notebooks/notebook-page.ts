import { existsSync, readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import type { RealBrowser } from '../journeys/real-browser.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { type TestAccount, type TestApp, testApp } from '../support/test-app.ts';

const SEED = new URL('../../../shared/seeds/000-api-notebook-connect-apps.md', import.meta.url);

/** The bytes of the old notebook that must run unchanged; null when the file is missing. */
export function seedNotebook(): Buffer | null {
  return existsSync(SEED) ? readFileSync(SEED) : null;
}

/** The notebook page in a browser of a person of an account. */
export interface Desk extends AsyncDisposable {
  readonly app: TestApp;
  readonly account: TestAccount;
  readonly origin: string;
  readonly address: string;
  readonly page: Page;
  /** Opens a file through the page, without running it. */
  readonly open: (file: Buffer | string, name?: string) => Promise<void>;
  /** Presses a button of the page by its name. */
  readonly press: (name: string) => Promise<void>;
  readonly cell: (index: number) => Locator;
  /** The message of the page after the end of a run. */
  readonly told: () => Promise<string>;
  /** Gives the account's own credentials to the dialog that asks for them. */
  readonly giveCredentials: (password?: string) => Promise<void>;
  /** Downloads the notebook. */
  readonly download: () => Promise<{ readonly name: string; readonly bytes: Buffer }>;
}

/** A name under which Chromium finds this machine, other than localhost. */
export const NAME_WITHOUT_TRUST = 'tieline.test';

/** An account and a person of it who has opened the notebook page. */
export async function aDesk(browser: RealBrowser): Promise<Desk> {
  const app = await testApp({ engine: 'memory', config: { allowedHosts: [NAME_WITHOUT_TRUST] } });
  const origin = await app.listen();
  const account = await app.anAccount();
  const { cookies } = await signedIn(app, await aPerson(app, account));
  const page = await browser.somebody();
  const value = cookies.get('tieline_session') ?? '';
  await page.context().addCookies([{ name: 'tieline_session', value, url: origin }]);
  const address = `${origin}/console/${account.sid}/notebook`;
  await page.goto(address);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  return {
    app,
    account,
    origin,
    address,
    page,
    press,
    async open(file, name = 'notebook.md') {
      const buffer = typeof file === 'string' ? Buffer.from(file) : file;
      const chosen = { name, mimeType: 'text/markdown', buffer };
      await page.getByLabel('Open a notebook file').setInputFiles(chosen);
      await page.getByRole('button', { name: 'Run all' }).waitFor();
    },
    cell: (index) => page.getByRole('region', { name: `Cell $${index}`, exact: true }),
    async told() {
      const told = page.locator('.told:not(:empty)');
      await told.waitFor();
      return told.innerText();
    },
    async giveCredentials(password = account.auth_token) {
      await page.getByLabel('Auth token or key secret').fill(password);
      await press('Use them');
    },
    async download() {
      const [file] = await Promise.all([page.waitForEvent('download'), press('Download')]);
      return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/**
 * The complaints of a page, without those of refused API requests, which a browser also reports.
 */
export function otherComplaints({ complaints }: RealBrowser): string[] {
  return complaints.filter((one) => !/status of 4\d\d/.test(one));
}

/** A notebook of these cells, with a line of text between them. */
export function notebookOf(...cells: readonly string[]): string {
  return cells.map((cell) => `Text.\n\n\`\`\`javascript\n${cell}\n\`\`\`\n`).join('\n');
}

/** The result that a cell shows, in one line. */
export function resultOf(cell: Locator): Promise<string> {
  return cell.locator('.result > *').first().innerText();
}
