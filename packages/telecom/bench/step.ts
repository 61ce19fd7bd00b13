import { cpus } from 'node:os';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';

/** Time of one step (and encode) of a plain UsageRecorded that fires nothing, per event, and bytes of a plain customer. */
const policy = compilePack();
const topology = topologyOf(policy);
const CUSTOMERS = 2_000;
const EVENTS = 20;

const worlds = Array.from({ length: CUSTOMERS }, (_, index) => {
  const world = createCustomerWorld(policy, `customer-${index}`);
  world.tell(world.event('CustomerRegistered', START - 90 * DAY_MS, registration()));
  world.tell(world.activated(START - 90 * DAY_MS, { dataAllowanceMb: 10_000 }));
  return world;
});

function registration() {
  return { language: 'zh', timeZone: 'Asia/Shanghai', tier: 'potential', birthYear: 1980, city: 'Hangzhou' };
}

function round(number: number, withEncode: boolean): number {
  const events = worlds.map((world, index) =>
    Array.from({ length: EVENTS }, (_, step) =>
      world.usage(START + number * DAY_MS + step * HOUR_MS + index, {
        kind: step % 3 === 0 ? 'DATA' : 'VOICE',
        quantityMb: step % 3 === 0 ? 1.5 : 0,
        localHour: step,
      }),
    ),
  );
  const context = {
    entityId: '',
    partition: 0,
    partitionCount: 1,
    nowMs: 0,
    watermark: () => undefined,
    tally: () => 0,
    setting: () => undefined,
  };
  let bytes = 0;
  const start = process.cpuUsage();
  for (let step = 0; step < EVENTS; step++) {
    for (let index = 0; index < CUSTOMERS; index++) {
      const event = events[index]?.[step];
      const world = worlds[index];
      if (!event || !world) continue;
      const { source, eventId, type, occurredAt } = event;
      const identity = { source, eventId, type, occurredAt };
      topology.step(
        world.state,
        { kind: 'event', event, identity, isLate: false },
        { ...context, nowMs: occurredAt + 1_000 },
      );
      topology.due(world.state);
      if (withEncode) bytes += topology.encode(world.state, topology.codecVersion).length;
    }
  }
  // CPU time: the machine may be busy with other things.
  const { user, system } = process.cpuUsage(start);
  const elapsed = (user + system) / (CUSTOMERS * EVENTS);
  if (withEncode)
    console.log(
      `  ${elapsed.toFixed(2)} µs of CPU per event, ${Math.round(bytes / (CUSTOMERS * EVENTS))} bytes a state`,
    );
  else console.log(`  ${elapsed.toFixed(2)} µs of CPU per event, without encode`);
  return elapsed;
}

console.log(`${cpus()[0]?.model}, Node ${process.version}, six plays`);
for (let number = 0; number < 6; number++) round(number, number % 2 === 0);
const one = createCustomerWorld(policy, 'plain');
one.tell(one.event('CustomerRegistered', START - 90 * DAY_MS, registration()));
one.tell(one.activated(START - 90 * DAY_MS));
for (let day = 0; day < 10; day++) {
  for (let call = 0; call < 3; call++)
    one.tell(one.usage(START + day * DAY_MS + call * 3 * HOUR_MS, { kind: 'DATA', quantityMb: 12.5, localHour: 13 }));
}
const size = topology.encode(one.state, topology.codecVersion).length;
console.log(`plain prepaid customer, three uses a day for ten days: ${size} bytes`);
