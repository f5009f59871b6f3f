import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import twilio from 'twilio';
import { newPlace } from '../../../process/place.ts';
import { OURS, THEIRS } from '../../../support/messages.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { ENGINES } from '../../../support/test-app.ts';
import { runTieline, startTieline } from '../../../support/tieline-process.ts';
import { webhookReceiver } from '../../../support/webhook-receiver.ts';
import { hasJsmpp, JSMPP_LOGIN, startJsmpp } from './jsmpp.ts';

const LONG = 'Щ'.repeat(100);

for (const engine of hasJsmpp ? ENGINES : []) {
  suite(`the simulator of jSMPP (${engine})`, () => {
    test('takes a message of the official SDK, and its receipt is a signed callback', async () => {
      await using centre = await startJsmpp();
      await using callbacks = await webhookReceiver();
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'data');
      const file = folder.at('carriers.yaml');
      const field = `kind: smpp, host: 127.0.0.1, port: ${centre.port}`;
      writeFileSync(
        file,
        `
carriers: { mno: { ${field}, system_id: ${JSMPP_LOGIN.system_id}, password: env:MNO } }
routes: { messages: [{ by: mno }] }
`,
      );
      const env = { TIELINE_DATA: place.data, TIELINE_CARRIERS: file, MNO: JSMPP_LOGIN.password };
      const at = { cwd: folder.path, env };
      await using server = await startTieline([], at);
      const { username, password } = server.developer;
      const client = twilio(username, password);
      client.api.baseUrl = server.origin;
      await client.incomingPhoneNumbers.create({ phoneNumber: OURS });

      const statusCallback = `${callbacks.origin}/status`;
      const sent = await client.messages.create({
        from: OURS,
        to: THEIRS,
        body: LONG,
        statusCallback,
      });
      await callbacks.arrived(4);
      const told = callbacks.received.map(({ url, headers, body }) => {
        const parameters = Object.fromEntries(new URLSearchParams(body));
        const signature = headers['x-twilio-signature'] ?? '';
        assert.ok(twilio.validateRequest(password, signature, url, parameters));
        assert.equal(parameters['MessageSid'], sent.sid);
        return parameters['MessageStatus'] ?? '';
      });
      assert.deepEqual(told.toSorted(), ['delivered', 'queued', 'sending', 'sent']);
      const seen = await client.messages(sent.sid).fetch();
      assert.deepEqual([seen.status, seen.numSegments], ['delivered', '2']);
      assert.equal(centre.log().match(/Receiving submit_sm/g)?.length, 2, 'one PDU for each part');
      await server.end('SIGTERM');
      const { stdout, status } = await runTieline(['verify'], at);
      assert.equal(status, 0, stdout);
    });
  });
}
