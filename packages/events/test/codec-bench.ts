import { cpus } from 'node:os';
import { avroType } from '../src/avro-type.ts';
import { checkContract, createDecoder, createEncoder, type EventInput, schemaEntry } from '../src/index.ts';

/** CPU time per UsageRecorded, of the bare codec and of decoder, contract and encoder, in one process. */
const EVENTS = 1000;
const PASSES = 500;
const ROUNDS = 5;

const entry = schemaEntry('UsageRecorded');
if (entry === undefined) throw new Error('UsageRecorded is not declared');
const encoder = createEncoder({ UsageRecorded: 1 });
const decoder = createDecoder();
decoder.addSchema(1, JSON.stringify(entry.schema));
const bare = avroType(entry.schema);
const resolver = bare.createResolver(avroType(entry.schema));

const inputs = Array.from(
  { length: EVENTS },
  (_, index): EventInput<'UsageRecorded'> => ({
    type: 'UsageRecorded',
    eventId: `cdr-${index * 7919}`,
    source: 'recorded:calls',
    occurredAt: 1_700_000_000_000 + index * 1000,
    customerId: `86139${10_000_000 + index}`,
    subscriptionId: `line-${index}`,
    kind: 'VOICE',
    durationSeconds: index % 600,
    chargeMinor: index % 90,
    currency: 'CNY',
    localHour: index % 24,
  }),
);
const values = inputs.map((input) => encoder.encode(input));

console.log(`${cpus()[0]?.model}, node ${process.version}, ${values[0]?.length} bytes a value`);
report('codec alone', values, (value) => bare.decode(value, 5, resolver).offset > 0);
report('decoder', values, (value) => decoder.decode(value).kind === 'event');
report('contract', inputs, (input) => checkContract(input).length === 0);
report('encoder', inputs, (input) => encoder.encode(input).length > 5);

function report<T>(name: string, items: readonly T[], work: (item: T) => boolean): void {
  const rounds = Array.from({ length: ROUNDS }, () => nanosecondsEach(items, work)).slice(1);
  const median = rounds.sort((left, right) => left - right)[Math.floor(rounds.length / 2)] ?? 0;
  console.log(`${name.padEnd(12)} ${median.toFixed(0).padStart(6)} ns CPU  ${(1000 / median).toFixed(2)} M/s`);
}

function nanosecondsEach<T>(items: readonly T[], work: (item: T) => boolean): number {
  const before = process.cpuUsage();
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const item of items) if (!work(item)) throw new Error('an event failed');
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (PASSES * items.length);
}
