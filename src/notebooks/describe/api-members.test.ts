import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chainAtEnd, clientOf, clientsIn, membersBehind } from './api-members.ts';
import { readApi } from './api-tree.ts';

const RAML = `#%RAML 0.8
title: T
version: v1
baseUri: https://api.example/{version}
/Accounts{mediaTypeExtension}:
  uriParameters:
    mediaTypeExtension:
      enum: [.json, .xml]
  get:
    description: All accounts
/Accounts:
  /{AccountSid}:
    /Usage:
      /Triggers{mediaTypeExtension}:
        uriParameters:
          mediaTypeExtension:
            enum: [.json]
        get:
          description: All triggers
        post:
          description: Makes a trigger
/ping:
  get:
`;
const { root } = readApi(RAML, 'https://api.example/raml', () => '');

/** The completions after this code, as `name detail`. */
function offered(code: string): string[] {
  const clients = new Map([
    ['client', root],
    ['my.api', root],
  ]);
  const chain = chainAtEnd(code);
  const found = chain && clientOf(clients, chain.links);
  if (!found) return [];
  return membersBehind(found.client, found.links).map(({ name, detail }) => `${name} ${detail}`);
}

suite('the completions after a client', () => {
  test('are the members that its description has', () => {
    assert.deepEqual(offered('client.'), ['Accounts All accounts', 'ping ']);
    assert.deepEqual(offered('x = client.Accounts.'), [
      'AccountSid (AccountSid)',
      'json get',
      'xml get',
    ]);
    assert.deepEqual(offered('client.Accounts.json.ge'), ['get All accounts']);
    const triggers = ['get All triggers', 'post Makes a trigger'];
    for (const code of [
      'client.Accounts.AccountSid(sid).Usage.Triggers.json.',
      '// Of a client.\nclient.Accounts.AccountSid(sid).Usage.Triggers.json.',
      'f(client.Accounts.AccountSid("AC)(").Usage\n  .Triggers.json.po',
      'client?.Accounts.AccountSid(g(1)[0])?.Usage.Triggers.extension("json").',
      'my.api.Accounts.AccountSid(`a`).Usage.Triggers.json.',
    ]) {
      assert.deepEqual(offered(code), triggers, code);
    }
  });

  test('are none when the chain leads nowhere or begins with something else', () => {
    for (const code of [
      '',
      'client',
      '.',
      ').',
      'other.',
      'a.client.',
      'client.Nope.',
      'client.Accounts.AccountSid.',
      'client.Accounts.json.get.',
      'client("/x").',
      'my.',
    ]) {
      assert.deepEqual(offered(code), [], code);
    }
  });

  test('know the clients that cells make, by their names', () => {
    const cells = [
      "API.createClient('client', '/raml/a.raml')",
      'x(); API . createClient( "my.api", "/b.raml", { headers: {} });',
      'API.createClient(name, url); createClient("no", "/c.raml")',
    ];
    assert.deepEqual(
      [...clientsIn(cells)],
      [
        ['client', '/raml/a.raml'],
        ['my.api', '/b.raml'],
      ],
    );
  });
});
