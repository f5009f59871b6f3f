import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCaller } from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { Kamailio, skipKamailio } from './kamailio.ts';

/** A policy with two priorities, a disabled target and a heavy one. @returns its SID */
async function aPolicy(app: TestApp) {
  const { login } = await aCaller(app);
  const { json } = await app.post('/v1/ConnectionPolicies', login, { FriendlyName: "Two\n'ways'" });
  const targets = [
    ['sip:127.0.0.1:5080;transport=tcp;edge=dublin', 20, 10, true],
    ['sip:127.0.0.1', 10, 300, true],
    ['sip:127.0.0.2', 10, 100, true],
    ['sip:127.0.0.3;transport=tls', 10, 100, false],
  ] as const;
  const sids: string[] = [];
  for (const [Target, priority, weight, enabled] of targets) {
    const form = { Target, Priority: `${priority}`, Weight: `${weight}`, Enabled: `${enabled}` };
    const made = await app.post(`/v1/ConnectionPolicies/${json.sid}/Targets`, login, form);
    assert.equal(made.status, 201, made.text);
    sids.push(made.json.sid);
  }
  return { policy: json.sid as string, sids };
}

async function exported(app: TestApp, policy: string, format: string): Promise<string> {
  const { status, json, text } = await app.control(
    'GET',
    `/targets/export?policy=${policy}&format=${format}`,
  );
  assert.equal(status, 200, text);
  assert.equal(json.format, format);
  return json.text;
}

onEveryEngine('the export of a connection policy', (engine) => {
  test('is a list with a set for each priority', async () => {
    await using app = await testApp({ engine });
    const { policy } = await aPolicy(app);
    assert.deepEqual((await exported(app, policy, 'kamailio')).split('\n'), [
      `# Connection policy ${policy}. Try the sets in their order.`,
      '# Set 1: priority 10',
      '1 sip:127.0.0.1 0 0 rweight=100',
      '1 sip:127.0.0.2 0 0 rweight=33',
      '1 sip:127.0.0.3;transport=tls 4 0 rweight=33',
      '# Set 2: priority 20',
      '2 sip:127.0.0.1:5080;transport=tcp 0 0 rweight=10',
      '',
    ]);
  });

  test('is loaded by Kamailio', { skip: skipKamailio }, async () => {
    await using app = await testApp({ engine });
    const { policy } = await aPolicy(app);
    await using kamailio = await Kamailio.start(await exported(app, policy, 'kamailio'));
    const listed = await kamailio.ask('dispatcher.list');
    assert.match(listed, /NRSETS: 2/);
    const found = [...listed.matchAll(/URI: (\S+)\s+FLAGS: (\w+)[^]*?RWEIGHT: (\d+)/g)];
    assert.deepEqual(
      found.map(([, uri, flags, weight]) => `${uri} ${flags} ${weight}`).toSorted(),
      [
        'sip:127.0.0.1 AX 100',
        'sip:127.0.0.1:5080;transport=tcp AX 10',
        'sip:127.0.0.2 AX 33',
        'sip:127.0.0.3;transport=tls DX 33',
      ],
    );
  });

  test('is rows of gateways, weighed carriers and one rule', async () => {
    await using app = await testApp({ engine });
    const { policy, sids } = await aPolicy(app);
    const name = policy.slice(-8);
    const gateway = (number: number, address: string, state: number, sid = '') =>
      'INSERT INTO dr_gateways (gwid, type, address, strip, probe_mode, state, description) ' +
      `VALUES ('${name}-${number}', 0, '${address}', 0, 2, ${state}, '${sid}');`;
    const group = (priority: number, list: string) =>
      'INSERT INTO dr_carriers (carrierid, gwlist, flags, sort_alg, state, description) ' +
      `VALUES ('${name}-p${priority}', '${list}', 0, 'W', 0, '${policy}');`;
    assert.deepEqual((await exported(app, policy, 'opensips')).split('\n'), [
      `-- Connection policy ${policy}`,
      gateway(1, 'sip:127.0.0.1', 0, sids[1]),
      gateway(2, 'sip:127.0.0.2', 0, sids[2]),
      gateway(3, 'sip:127.0.0.3;transport=tls', 1, sids[3]),
      group(10, `${name}-1=300,${name}-2=100,${name}-3=100`),
      gateway(4, 'sip:127.0.0.1:5080;transport=tcp', 0, sids[0]),
      group(20, `${name}-4=10`),
      'INSERT INTO dr_rules (groupid, prefix, priority, gwlist, sort_alg, description) ' +
        `VALUES ('0', '', 0, '#${name}-p10,#${name}-p20', 'N', '${policy}');`,
      '',
    ]);
  });

  test('is carriers with a gateway each, and their shares of calls', async () => {
    await using app = await testApp({ engine });
    const { policy, sids } = await aPolicy(app);
    const { voip_carriers, lcr } = JSON.parse(await exported(app, policy, 'jambonz'));
    const gateway = { netmask: 32, inbound: false, outbound: true, is_active: true };
    assert.deepEqual(voip_carriers.at(-1), {
      name: sids[0],
      e164_leading_plus: true,
      is_active: true,
      sip_gateways: [{ ...gateway, ipv4: '127.0.0.1', port: 5080, protocol: 'tcp' }],
    });
    assert.deepEqual(voip_carriers[2].sip_gateways, [
      { ...gateway, ipv4: '127.0.0.3', port: 5061, protocol: 'tls', is_active: false },
    ]);
    const [{ lcr_carrier_set_entries: entries }] = lcr.lcr_routes;
    assert.deepEqual(
      entries.map(({ carrier, priority, workload }: Record<string, unknown>) => [
        carrier,
        priority,
        workload,
      ]),
      [
        [sids[1], 10, 300],
        [sids[2], 10, 100],
        [sids[3], 10, 100],
        [sids[0], 20, 10],
      ],
    );
  });

  test('needs a program that is known, and a policy that exists', async () => {
    await using app = await testApp({ engine });
    const { policy } = await aPolicy(app);
    const wrong = await app.control('GET', `/targets/export?policy=${policy}&format=asterisk`);
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /format must be one of kamailio, opensips, jambonz/);
    const nobodys = `NY${'0'.repeat(32)}`;
    const missing = await app.control('GET', `/targets/export?policy=${nobodys}&format=jambonz`);
    assert.equal(missing.status, 404);
  });
});
