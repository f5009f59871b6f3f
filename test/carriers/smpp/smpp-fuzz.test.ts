import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readPart } from '../../../src/carriers/smpp/incoming.ts';
import { PartJoiner } from '../../../src/carriers/smpp/join-parts.ts';
import { encodePdu, type Pdu, pduOf } from '../../../src/carriers/smpp/pdu.ts';
import { readReceipt } from '../../../src/carriers/smpp/receipt.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { openStage, type Stage } from './fake-centre.ts';

const READING = { alphabet: 'gsm', country_code: null } as const;
const COMMANDS = ['deliver_sm', 'data_sm', 'submit_sm_resp', 'enquire_link', 'unbind'] as const;
type Random = (limit: number) => number;

function someBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random(most) }, () => random(256)));
}

/** Octets that are a PDU, nearly a PDU, or nothing of the kind. */
function someOctets(random: Random): Buffer {
  if (random(12) === 0) return someBytes(random, 300);
  const command = COMMANDS[random(COMMANDS.length)] ?? 'deliver_sm';
  const octets = encodePdu(
    pduOf(command, random(40), {
      fields: { esm_class: random(256), data_coding: random(10), source_addr: '491' },
      short_message: random(2) === 0 ? someBytes(random, 140) : Buffer.from('id:1 stat:DELIVRD'),
      tlvs: new Map([[random(0x430), someBytes(random, 20)]]),
    }),
  );
  for (let changes = random(4); changes > 0; changes -= 1) {
    const from = random(20) === 0 ? 0 : 4;
    octets[from + random(octets.length - from)] = random(256);
  }
  return random(30) === 0 ? octets.subarray(0, random(octets.length)) : octets;
}

/** Feeds a link with octets by a seed, while it submits. */
async function play(seed: number): Promise<{ stage: Stage; fates: string[]; submits: number }> {
  const random = seededRandom(seed);
  const late: { joiner?: PartJoiner } = {};
  const deliver = async (pdu: Pdu) => {
    const part = readPart(pdu, READING);
    if (readReceipt(pdu, part.text, 'unknown')) return 0;
    return late.joiner?.take(part) ?? 0;
  };
  const stage = await openStage({ window: 5 }, deliver, (pdu) =>
    pdu.command === 'submit_sm' && random(2) === 0 ? null : {},
  );
  late.joiner = new PartJoiner(stage.time, async () => random(3) > 0);
  const fates: Promise<{ is: string }>[] = [];
  for (let round = 0; round < 40; round += 1) {
    fates.push(stage.link.submit({ short_message: Buffer.from(`${round}`) }));
    if (!stage.centre.socket.destroyed && stage.centre.socket.writable) {
      stage.centre.socket.write(someOctets(random));
    }
    await stage.time.pass(random(2_000));
  }
  // From here on, the centre behaves, and a link that still reads half a PDU finds out.
  stage.centre.reply = () => ({});
  await stage.time.pass(300_000);
  const found = (await Promise.all(fates)).map((fate) => fate.is);
  return { stage, fates: found, submits: stage.centre.all('submit_sm').length };
}

suite('an SMPP link that hears nonsense', () => {
  for (let first = 1; first <= 21; first += 10) {
    test(`is up again, and sent nothing twice (seeds ${first} to ${first + 9})`, async () => {
      for (let seed = first; seed < first + 10; seed += 1) {
        const { stage, fates, submits } = await play(seed);
        const texts = stage.centre.all('submit_sm').map((pdu) => String(pdu.short_message));
        assert.equal(new Set(texts).size, submits, `seed ${seed} sent something twice`);
        assert.equal(fates.length, 40, `seed ${seed}`);
        const { state, unanswered, waiting } = stage.link.health();
        assert.deepEqual([state, unanswered, waiting], ['up', 0, 0], `seed ${seed}`);
        const fate = stage.link.submit({ short_message: Buffer.from('last') });
        await stage.time.pass(1_000);
        assert.equal((await fate).is, 'accepted', `seed ${seed}`);
      }
    });
  }
});
