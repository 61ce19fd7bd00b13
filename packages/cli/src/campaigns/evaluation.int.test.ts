import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchiveWriter } from '@holdfast/archive';
import { DECISION_TOPIC, type EventInput, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptance, DECIDED_AT, decision, encoder, presentation } from '../../test/decisions.ts';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-evaluate-'));
  const schemaText = async (id: number) => JSON.stringify(schemaTable()[id - 1]?.schema);
  const identity = { clusterId: 'recorded', partitions: 1 };
  const writer = await openArchiveWriter({ location: dir, identity }, { decode: () => undefined, schemaText });
  const append = async (
    topic: string,
    offset: number,
    event: EventInput<'DecisionMade' | 'OfferAccepted' | 'OfferPresented'>,
  ) => {
    const place = { topic, partition: 0, offset, appendTime: DECIDED_AT };
    await writer.append({ ...place, key: Buffer.from('c-1'), value: encoder.encode(event), headers: {} });
  };
  // 80 calls that win half of the time, 20 gifts that win nobody.
  for (let i = 0; i < 100; i++) {
    const isCall = i < 80;
    const offer = isCall ? 'call' : 'gift';
    await append(
      DECISION_TOPIC,
      i,
      decision(`k${i}`, { offer, probability: isCall ? 0.8 : 0.2, validUntil: DECIDED_AT + 1 }),
    );
    if (i < 40) await append(INPUT_TOPICS.interaction, i, acceptance(`k${i}`));
  }
  // Calls that were recommended four times in five, of which half were taken, and gifts that were never.
  for (let i = 0; i < 10; i++) {
    const told = i < 8 ? { offer: 'call', probability: 0.8 } : { offer: 'gift', probability: 0.2 };
    await append(INPUT_TOPICS.interaction, 40 + 2 * i, presentation(`r${i}`, { ...told, campaign: 'keep' }));
    if (i < 4) await append(INPUT_TOPICS.interaction, 41 + 2 * i, acceptance(`r${i}`));
  }
  await writer.flush();
  await writer.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function evaluate(...words: string[]) {
  let out = '';
  let err = '';
  const output = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await runProgram(COMMANDS, ['campaign', 'evaluate', ...words], output), out, err };
}

it('campaign evaluate says what exploring more or less would have earned, from an archive alone', async () => {
  const { code, out } = await evaluate('--archive', dir, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out).decided).toMatchObject({
    decisions: 100,
    withChoice: 100,
    asDecided: { n: 100, value: 0.4 },
    ways: [
      { way: 'always the best', ips: { value: 0.5 }, snips: { value: 0.5, effectiveN: 80 }, verdict: 'undecided' },
      { way: 'any alike', snips: { value: 0.25 }, verdict: 'worse' },
    ],
  });
  expect((await evaluate('keep', '--archive', dir)).out).toMatch(/^always the best +0\.\d{4} ± /m);
});

it('campaign evaluate tells what agents presented apart, by what each offer would have made had it come first', async () => {
  expect(JSON.parse((await evaluate('--archive', dir, '--json')).out).presented).toMatchObject({
    presented: 10,
    accepted: 4,
    asPresented: { value: 0.4 },
    offers: [
      { offer: 'keep/call', presented: 8, accepted: 4, always: { value: 0.5, effectiveN: 8 } },
      { offer: 'keep/gift', presented: 2, accepted: 0, always: { value: 0 } },
    ],
  });
  expect((await evaluate('keep', '--archive', dir)).out).toMatch(/^keep\/call +8 +4 +50\.0 % +50\.0 %/m);
});

it.each([
  [['other', '--archive'], /no decision that was sent/],
  [['--to', '2026-02-02T00:00:00Z', '--archive'], /no decision that was sent/],
])('campaign evaluate %j has nothing to go by, and says so', async (words, expected) => {
  const { code, err } = await evaluate(...words, dir);
  expect(code).toBe(1);
  expect(err).toMatch(expected);
});

it('campaign evaluate of what is no archive says so', async () => {
  expect(await evaluate('--archive', '/nowhere/at/all')).toMatchObject({
    code: 1,
    err: expect.stringContaining('archive'),
  });
});
