import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { contract, PACK } from '../test/pack.ts';
import { compilePolicy } from './compile.ts';
import { policySchema } from './json-schema.ts';
import { POLICY_FILE } from './language.ts';
import type { Shape } from './shape.ts';

const folder = new URL('../../telecom/policy/', import.meta.url);
const channels = ['call-centre', 'app-push', 'sms', 'email'];
const validate = new Ajv({ allowUnionTypes: true, allErrors: true }).compile(policySchema({ ...contract, channels }));

function refusals(text: string): readonly string[] {
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const { additionalProperty = '' } = params as { additionalProperty?: string };
    return `${instancePath} ${message ?? ''} ${additionalProperty}`.trim();
  });
}

/** Every record of the language, with a way to it: section, then keys. */
function recordsIn(shape: Shape, way: readonly string[] = []): readonly (readonly string[])[] {
  switch (shape.kind) {
    case 'record':
      return [way, ...Object.entries(shape.keys).flatMap(([key, { shape: inner }]) => recordsIn(inner, [...way, key]))];
    case 'map':
      return recordsIn(shape.of, [...way, 'an_id']);
    case 'list':
      return recordsIn(shape.of, [...way, '[]']);
    case 'either':
      return shape.of.flatMap((one) => recordsIn(one, way));
    default:
      return [];
  }
}

function documentAt([first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return { no_such_key: 1 };
  return first === '[]' ? [documentAt(rest)] : { [first]: documentAt(rest) };
}

describe('the JSON Schema of a policy file', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('accepts %s of the default pack', (name) => {
    expect(refusals(readFileSync(new URL(name, folder), 'utf8'))).toEqual([]);
  });

  it.each(Object.entries(PACK))('accepts %s, which uses every section', (_, text) => {
    expect(refusals(text)).toEqual([]);
  });

  it.each(recordsIn(POLICY_FILE).map((way) => [way.join('.') || 'the file itself', way] as const))(
    'refuses an unknown key in %s',
    (_, way) => {
      expect(validate(documentAt(way))).toBe(false);
      expect(JSON.stringify(validate.errors)).toMatch(/no_such_key|additional properties|must be (string|number)/);
    },
  );

  it.each(recordsIn(POLICY_FILE).map((way) => [way.join('.') || 'the file itself', way] as const))(
    'knows the keys that the compiler knows in %s',
    (_, way) => {
      const answer = compilePolicy({ 'a.yaml': stringify(documentAt(way)) }, contract);
      const messages = answer.kind === 'invalid' ? answer.diagnostics.map(({ message }) => message) : [];
      expect(messages.filter((message) => message.includes('"no_such_key"'))).toHaveLength(1);
    },
  );

  it.each([
    ['triggers: { t: { on: UsageRecordd, reason: r } }', '/triggers/t/on must be equal to one of the allowed values'],
    ['triggers: { t: { on: BillPaid } }', "/triggers/t must have required property 'reason'"],
    ['triggers: { T: { on: BillPaid, reason: r } }', '/triggers property name must be valid'],
    ['contact-policy: { minimumGap: 2 hours }', '/contact-policy/minimumGap must match pattern'],
    [
      'contact-policy: { quietHours: { from: 25, to: 9, channels: [] } }',
      '/contact-policy/quietHours/from must be <= 24',
    ],
    [
      'contact-policy: { quietHours: [{ from: 1, to: 9, channels: [], days: [monday] }] }',
      '/quietHours/0/days/0 must be',
    ],
    ["contact-policy: { quietHours: { from: '9h', to: 9, channels: [] } }", '/quietHours/from must match pattern'],
    ['contact-policy: { vulnerable: {} }', "/contact-policy/vulnerable must have required property 'when'"],
    ['channels: { fax: {} }', '/channels property name must be valid'],
    ['channels: { sms: { person: 1 } }', '/channels/sms/person must be boolean'],
    ['channels: { sms: { capacity: { max: 0, per: 1h } } }', '/channels/sms/capacity/max must be >= 1'],
    ['calendars: { c: [easter] }', '/calendars/c/0 must match pattern'],
    ['regions: { r: { cities: [] } }', '/regions/r/cities must NOT have fewer than 1 items'],
    ['exploration: { method: greedy }', '/exploration/method must be equal to one of the allowed values'],
    ['learning: { halfLife: 9 }', '/learning/halfLife must be string'],
    ['campaigns: { c: { reentry: 5 } }', '/campaigns/c/reentry must match a schema in anyOf'],
    ['campaigns: { c: { budget: { pieces: 0.5 } } }', '/campaigns/c/budget/pieces must be integer'],
    ['offers: { o: { lever: 101 } }', '/offers/o/lever must be <= 100'],
    ['offers: { o: { context: [{ when: x }] } }', "/offers/o/context/0 must have required property 'factor'"],
    ['holdout: { share: 110, salt: s }', '/holdout/share must match a schema in anyOf'],
    ['campaigns: { c: { steps: [] } }', '/campaigns/c/steps must NOT have fewer than 1 items'],
  ])('refuses "%s"', (text, expected) => {
    expect(refusals(text).join('\n')).toContain(expected);
  });
});
