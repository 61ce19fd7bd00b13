import { json } from 'node:stream/consumers';
import { createEncoder, type EventInput, schemaEntry } from '@holdfast/events';
import { createSchemaRegistry } from '@holdfast/kafka';

/**
 * Prints an event in the wire format, for tools that send bytes as they are:
 *
 *     echo '{ "type": "BillPaid", "eventId": "1", … }' | node encode-event.ts REGISTRY_URL > record.bin
 */
const event = (await json(process.stdin)) as EventInput;
const entry = schemaEntry(event.type);
if (entry === undefined) throw new Error(`there is no event type ${event.type}`);
const registry = createSchemaRegistry({ url: process.argv[2] ?? '' });
process.stdout.write(createEncoder(await registry.idsOf([entry])).encode(event));
registry.close();
