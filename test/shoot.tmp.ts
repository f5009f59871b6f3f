import { chromium } from 'playwright-core';
import { aPerson, signedIn } from './browser.ts';
import { testApp } from './test-app.ts';
const out = '/tmp/shots';
const app = await testApp({ engine: 'memory' });
const origin = await app.listen();
const developer = await app.anAccount({ friendly_name: 'Counting Company' });
const customer = await app.anAccount({ friendly_name: 'Flower shop' });
const other = await app.anAccount({ friendly_name: 'Flower shop, second branch with a rather long name', type: 'Trial' });
const connectApp = await app.aConnectApp(developer, { friendly_name: 'Call Counter', company_name: 'Counting Company', description: 'Counts your calls, shows who called when, and calls back those you missed.', homepage_url: 'https://counter.example.com/', terms_of_service_url: 'https://counter.example.com/terms', authorize_redirect_url: 'https://counter.example.com/back' });
const long = await app.aConnectApp(developer, { friendly_name: 'W'.repeat(64), company_name: 'Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und Söhne', description: 'x'.repeat(600), authorize_redirect_url: `https://${'a'.repeat(60)}.example.com/back` });
const re = await app.aConnectApp(developer, { friendly_name: 'Again', permissions: ['get-all'] });
await app.aGrant(re, customer);
const { addMember } = await import('../src/people/create-person.ts');
const { act } = await import('../src/audit/act.ts');
const { SYSTEM } = await import('../src/audit/audit-event.ts');
const person = await aPerson(app, customer, { name: 'Rosa Example' });
await act(app.app, SYSTEM, (d) => addMember(d, other.sid, person));
await app.post(`/2010-04-01/Accounts/${developer.sid}/ConnectApps/${re.sid}.json`, { username: developer.sid, password: developer.auth_token }, { Permissions: 'post-all' });
const value = (await signedIn(app, person)).cookies.get('tieline_session') ?? '';
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const pages: Record<string, string> = { consent: `/authorize/${connectApp.sid}?state=1`, long: `/authorize/${long.sid}`, again: `/authorize/${re.sid}`, upgrade: `/authorize/${connectApp.sid}?account_sid=${other.sid}`, missing: `/authorize/CN${'0'.repeat(32)}`, ...JSON.parse(process.argv[2] ?? '{}') };
for (const [w, scheme] of [[390, 'light'], [1440, 'light'], [390, 'dark'], [1440, 'dark']] as const) {
  const context = await browser.newContext({ viewport: { width: w, height: 900 }, colorScheme: scheme });
  await context.addCookies([{ name: 'tieline_session', value, url: origin }]);
  const page = await context.newPage();
  for (const [name, path] of Object.entries(pages)) {
    if (scheme === 'dark' && name !== 'consent') continue;
    await page.goto(origin + path);
    await page.screenshot({ path: `${out}/${name}-${w}-${scheme}.png`, fullPage: true });
    const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    if (Number(over) > 0) console.log('overflow', name, w, over);
  }
}
await browser.close();
await app[Symbol.asyncDispose]();
