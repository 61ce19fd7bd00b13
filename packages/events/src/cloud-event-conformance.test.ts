import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFeature, type Step } from '../test/feature-file.ts';
import { readAttributes } from './cloud-event-attributes.ts';
import { fromHttp } from './cloud-event-http.ts';
import { fromKafka } from './cloud-event-kafka.ts';

const STANDARDS = new URL('../../../../shared/standards/cloudevents/', import.meta.url);
const isThere = existsSync(STANDARDS);
const read = (name: string) => readFileSync(new URL(name, STANDARDS), 'utf8');

/** What a scenario has said so far. */
interface World {
  payload?: string;
  headers?: Record<string, string>;
  parsed?: unknown;
}

/** The steps of the two feature files. An unknown step is an error, so that none is passed over. */
function play(world: World, step: Step): void {
  switch (step.text.replace(/:$/, '')) {
    case 'an HTTP request': {
      const [head = '', ...body] = (step.docString ?? '').split('\n\n');
      const lines = head.split('\n').slice(1);
      world.headers = Object.fromEntries(lines.map((line) => splitOnce(line.toLowerCase(), line)));
      world.payload = body.join('\n\n');
      return;
    }
    case 'a Kafka message with payload':
      world.payload = step.docString ?? '';
      return;
    case 'Kafka headers':
      world.headers = Object.fromEntries(step.table ?? []);
      return;
    case 'parsed as HTTP request': {
      const events = fromHttp(world.headers ?? {}, Buffer.from(world.payload ?? ''));
      world.parsed = events.kind === 'single' ? events.event : events;
      return;
    }
    case 'parsed as Kafka message':
      world.parsed = fromKafka(world.headers ?? {}, Buffer.from(world.payload ?? ''));
      return;
    case 'the attributes are': {
      const { data: _, ...attributes } = checked(world);
      expect(attributes).toEqual(Object.fromEntries(step.table ?? []));
      return;
    }
    case 'the data is equal to the following JSON':
      expect(checked(world).data).toEqual(JSON.parse(step.docString ?? ''));
      return;
    default:
      throw new Error(`no such step: ${step.text}`);
  }
}

function checked({ parsed }: World) {
  const outcome = readAttributes(parsed);
  if ('error' in outcome) throw new Error(JSON.stringify(outcome.error));
  return outcome.event;
}

/** The name in lower case, as HTTP servers hand it out; the value as it is. */
function splitOnce(lower: string, line: string): [string, string] {
  const colon = line.indexOf(':');
  return [lower.slice(0, colon), line.slice(colon + 1).trim()];
}

describe.skipIf(!isThere)(
  'the conformance scenarios of CloudEvents (../shared/standards; skipped where absent)',
  () => {
    const scenarios = isThere
      ? ['http-protocol-binding.feature', 'kafka-protocol-binding.feature'].flatMap((file) =>
          readFeature(read(file)).map((scenario) => ({ file, ...scenario })),
        )
      : [];

    it('are all there', () => expect(scenarios).toHaveLength(7));

    it.each(scenarios)('$file: $title', ({ steps }) => {
      expect(steps.length).toBeGreaterThan(2);
      const world: World = {};
      for (const step of steps) play(world, step);
    });
  },
);

describe.skipIf(!isThere)('structured events against the JSON schema of CloudEvents (skipped where absent)', () => {
  const ajv = new Ajv({ strict: false });
  for (const format of ['uri-reference', 'uri', 'date-time']) ajv.addFormat(format, true);
  const isSchemaValid = isThere ? ajv.compile(JSON.parse(read('cloudevents.schema.json'))) : () => false;
  const sound = { specversion: '1.0', id: '1', source: 's', type: 't' };

  it('what is taken is valid there', () => {
    const value = fc.oneof(fc.string(), fc.constant(null), fc.integer(), fc.boolean(), fc.constant(undefined));
    const names = [...Object.keys(sound), 'subject', 'time', 'datacontenttype', 'dataschema'];
    const changed = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 });
    let taken = 0;
    fc.assert(
      fc.property(changed, (change) => {
        const event = JSON.parse(JSON.stringify({ ...sound, ...change }));
        if ('error' in readAttributes(event)) return;
        taken += 1;
        expect(isSchemaValid(event), JSON.stringify(event)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it.each([
    { ...sound, id: undefined },
    { ...sound, source: '' },
    { ...sound, type: 1 },
    { ...sound, subject: '' },
    { ...sound, time: 5 },
    [],
  ])('%j is invalid there and refused here', (given) => {
    const event = JSON.parse(JSON.stringify(given));
    expect([isSchemaValid(event), 'error' in readAttributes(event)]).toEqual([false, true]);
  });
});
