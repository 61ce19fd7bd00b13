import type { FastifySchema } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PROBLEM } from '../http/problem.ts';

export const MAX_BATCH = 1_000;

const text = (description: string) => z.string().min(1).max(1_024).describe(description);

const cloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(128).describe('Stays the same when the event is sent again.'),
    source: z.string().min(1).max(128).describe('The sending system; with the id it names the event.'),
    type: text('Such as io.holdfast.usage.UsageRecorded.v1, or the bare name of the record.'),
    subject: z.string().min(1).max(128).nullish().describe('The id of the customer.'),
    time: z.iso.datetime({ offset: true }).nullish().describe('When it happened.'),
    datacontenttype: text('JSON (default), or application/avro with data_base64.').nullish(),
    dataschema: text('For bare Avro: a URI that ends in /schemas/ids/<id>.').nullish(),
    data: z.record(z.string().max(128), z.unknown()).optional().describe('The fields of the event, as JSON.'),
    data_base64: z.base64().nullish().describe('The bytes of the data, JSON or Avro, instead of data.'),
  })
  .describe(
    'CloudEvents 1.0 in the JSON format; extension attributes, at most 8 KiB together, are headers of the record in the log.',
  );

const data = z.record(z.string().max(128), z.unknown()).describe('Binary mode: the fields of the event; ce- headers.');
const bytes = z.string().describe('Binary mode: one Avro record, in the Confluent wire format or bare; ce- headers.');

/** What may be posted, by content type. */
const BODIES = {
  'application/cloudevents+json': cloudEvent,
  'application/cloudevents-batch+json': z.array(cloudEvent).max(MAX_BATCH),
  'application/json': data,
  'application/avro': bytes,
};

const error = z.object({
  code: z.string().describe('Short and stable.'),
  message: z.string().describe('What is wrong.'),
  field: z.string().optional().describe('The attribute at fault, or the field as data.name.'),
  fix: z.string().optional().describe('What to do.'),
});
const result = z.object({
  id: z.string().nullable(),
  status: z.enum(['accepted', 'rejected', 'unavailable']),
  error: error.optional(),
});
const results = z.array(result.extend({ index: z.int().min(0).describe('Position in the batch, from 0.') }));
const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
const problemJson = { 'application/problem+json': { schema: PROBLEM } };
/** The document puts its own problem in place of this one. */
const refusal = (description: string) => ({ description, content: json(PROBLEM) });
const eitherOr = (description: string, schema: z.ZodType) => ({
  description,
  content: { ...json(schema), ...problemJson },
});

/** The description of `POST /v1/events`. Its body is read by the codec of CloudEvents and not by this. */
export const EVENTS_SCHEMA = {
  tags: ['Events'],
  summary: 'Hand over events',
  description:
    'CloudEvents 1.0 in structured, batch or binary mode, optionally with content-encoding gzip; at most 1 MiB before and ' +
    'after inflating, and 1,000 events. Answered when all replicas of the log have what is accepted. Sending an event again ' +
    'under the same id and source is safe: it counts once.',
  response: {
    200: { description: 'A batch: one result per event, in order. None is to be sent again.', content: json(results) },
    202: { description: 'One event: accepted.', content: json(result) },
    400: refusal('The body is not JSON, not gzip, or no list where a batch was announced.'),
    401: refusal('No key or token, or one that is not known.'),
    403: refusal('The key or token has not the role producer.'),
    413: refusal('More than 1 MiB or 1,000 events.'),
    415: refusal('Neither a content mode of CloudEvents, nor an encoding that is taken.'),
    422: eitherOr('One event: it breaks its contract; error says where.', result),
    429: eitherOr(
      'Too much waits for the log. Send again, after Retry-After, what is unavailable.',
      z.union([result, results]),
    ),
    500: refusal('The gateway failed.'),
    503: eitherOr(
      'The log cannot take it now. Send again, after Retry-After, what is unavailable.',
      z.union([result, results]),
    ),
  },
} as const;

/** Puts the bodies into the document, which the schema of the route has no way to say: one per content type. */
export function withBodies(route: { readonly schema?: FastifySchema; readonly url: string }) {
  const described = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0]);
  const content = Object.fromEntries(
    Object.entries(BODIES).map(([type, schema]) => [
      type,
      { schema: withoutDialect(z.toJSONSchema(schema, { io: 'input' })) },
    ]),
  );
  return { ...described, schema: { ...described.schema, body: { content } } };
}

function withoutDialect({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
