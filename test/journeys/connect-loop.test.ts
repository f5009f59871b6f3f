import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { Page } from 'playwright-core';
import { ENGINES } from '../support/test-app.ts';
import { aStage, askForBoth, sdk } from './a-stage.ts';
import type { Isv } from './an-isv.ts';
import { inChromium } from './real-browser.ts';

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Goes from the app's own page through the sign-up to the consent page. */
async function signUpOnTheWay(page: Page, isv: Isv): Promise<void> {
  await page.goto(isv.origin);
  await page.getByRole('link', { name: 'Connect' }).click();
  await page.getByRole('link', { name: 'Sign up' }).click();
  await page.getByLabel('Email', { exact: true }).fill('customer@company.example');
  await page.getByLabel('Name', { exact: true }).fill('Customer of the app');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await press(page, 'Sign up');
}

for (const engine of ['memory', ...ENGINES] as const) {
  suite(`the Connect loop in a browser (${engine})`, () => {
    inChromium('goes from the button to the revoke', async (browser) => {
      await using stage = await aStage(engine, ['post-all']);
      const { isv } = stage;
      const page = await browser.somebody({ javaScript: engine !== 'memory' });

      await signUpOnTheWay(page, isv);
      await page.getByRole('heading', { name: /Upgrade/ }).waitFor();
      await press(page, 'Upgrade');
      await page.getByText('Charge account for usage').waitFor();
      await press(page, 'Authorize');
      await page.getByRole('heading', { name: 'Welcome' }).waitFor();
      const [first] = isv.returned;
      assert.equal(first?.get('state'), 'user 42');
      assert.equal(first?.get('from'), 'tieline');
      const account_sid = first?.get('AccountSid') ?? '';

      const client = sdk(stage, account_sid);
      const policy = await client.voice.v1.connectionPolicies.create({ friendlyName: 'Routes' });
      const customer_sid = (await client.api.v2010.accounts(account_sid).fetch()).ownerAccountSid;
      const readParent = () => client.api.v2010.accounts(customer_sid).fetch();
      await assert.rejects(readParent, { status: 401, code: 20003 });

      await askForBoth(stage);
      await assert.rejects(readParent, { status: 401 }, 'what was added waits for the customer');
      await page.goto(isv.origin);
      await page.getByRole('link', { name: 'Connect' }).click();
      await page.getByText('New', { exact: true }).waitFor();
      await press(page, 'Authorize');
      await page.getByRole('heading', { name: 'Welcome' }).waitFor();
      assert.equal(isv.returned[1]?.get('AccountSid'), account_sid);
      assert.equal((await readParent()).sid, customer_sid);
      assert.equal((await readParent()).authToken, null);

      await page.goto(`${stage.running.origin}/console`);
      await page.getByRole('link', { name: 'Authorized Apps' }).first().click();
      await page.getByRole('heading', { name: 'Call Counter' }).waitFor();
      await page
        .getByRole('link', { name: 'Revoke' })
        .or(page.getByRole('button', { name: 'Revoke' }))
        .click();
      await press(page, 'Revoke');
      const callback = await isv.deauthorized();
      assert.deepEqual(callback.parameters, {
        AccountSid: account_sid,
        ConnectAppSid: stage.connect_app_sid,
      });
      assert.ok(callback.is_signed, 'the official SDK takes the signature for genuine');
      await assert.rejects(readParent, { status: 401 });
      await assert.rejects(() => client.voice.v1.connectionPolicies(policy.sid).fetch(), {
        status: 401,
      });
      assert.deepEqual(browser.complaints, []);
    });

    inChromium('ends at Deny with nothing granted', async (browser) => {
      await using stage = await aStage(engine, ['get-all', 'post-all']);
      const { isv, running } = stage;
      const page = await browser.somebody();
      await signUpOnTheWay(page, isv);
      await press(page, 'Upgrade');
      await press(page, 'Deny');
      await page.getByRole('heading', { name: 'Welcome' }).waitFor();
      assert.equal(isv.returned[0]?.toString(), 'from=tieline&error=unauthorized_client');
      await page.goto(`${running.origin}/console`);
      await page.getByRole('link', { name: 'Authorized Apps' }).first().click();
      await page.getByRole('heading', { name: 'Authorized Apps' }).waitFor();
      assert.equal(await page.getByText('Call Counter').count(), 0);
      assert.deepEqual(browser.complaints, []);
    });
  });
}
