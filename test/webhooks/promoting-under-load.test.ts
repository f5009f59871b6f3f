import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import twilio from 'twilio';
import {
  createSecondaryToken,
  promoteSecondaryToken,
} from '../../src/accounts/change-auth-token.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const PROMOTIONS = 15;
const WEBHOOKS_OF_ROUND = 6;

onEveryEngine('a token that is promoted again and again', (engine) => {
  test('signs each webhook by the primary token of its sending, and breaks no request', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    /** The tokens that are primary, or may be: two of them while one replaces the other. */
    let primary: readonly string[] = [account.auth_token];
    /** All tokens that were primary since the present round of deliveries began. */
    let ofRound = new Set(primary);
    const wrong: string[] = [];
    await using receiver = await webhookReceiver(({ url, headers, body }) => {
      const signature = headers['x-twilio-signature'] ?? '';
      const parameters = Object.fromEntries(new URLSearchParams(body));
      const fits = [...ofRound].some((token) =>
        twilio.validateRequest(token, signature, url, parameters),
      );
      if (!fits) wrong.push(`${signature} at promotion ${promotions}`);
      return { status: 200 };
    });

    let promotions = 0;
    const promote = async () => {
      for (; promotions < PROMOTIONS; promotions += 1) {
        const next = await act(app.app, OPERATOR, (doing) => createSecondaryToken(doing, account));
        primary = [...primary, next];
        ofRound.add(next);
        await act(app.app, OPERATOR, (doing) => promoteSecondaryToken(doing, account));
        primary = [next];
      }
    };
    const isOver = () => promotions === PROMOTIONS;
    const deliver = async () => {
      for (let isLast = false; !isLast; ) {
        isLast = isOver();
        for (let number = 0; number < WEBHOOKS_OF_ROUND; number += 1) {
          await enqueue(app, account, `${receiver.origin}/told`);
        }
        ofRound = new Set(primary);
        await app.deliver();
      }
    };
    const statuses = new Set<number>();
    const ask = async () => {
      while (!isOver()) {
        // Requests within a process leave no turn to the network.
        await turn();
        const wanted = [...primary];
        const replies = await Promise.all(
          wanted.map((password) =>
            app.get('/2010-04-01/Accounts.json', { username: account.sid, password }),
          ),
        );
        for (const { status } of replies) statuses.add(status);
        if (wanted.length === 1 && wanted[0] === primary[0] && primary.length === 1) {
          assert.equal(replies[0]?.status, 200, 'the primary token lets its account in');
        }
      }
    };
    await Promise.all([promote(), deliver(), ask()]);
    assert.deepEqual(wrong, []);
    assert.ok(receiver.received.length > WEBHOOKS_OF_ROUND);
    assert.deepEqual(
      [...statuses].filter((status) => status !== 200 && status !== 401),
      [],
    );
  });
});
