import type { PolicyContract } from './contract.ts';
import { FORMAT_VERSION, POLICY_FILE } from './language.ts';
import { expectationOf, type RecordShape, type Shape } from './shape.ts';

/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Names that a reference may hold, by what it refers to; every name where nothing is said. */
type Names = Readonly<Record<string, readonly string[]>>;

/**
 * JSON Schema (draft 7, which editors of YAML know best) of one policy file, from the description that the readers check
 * against. What depends on other files, such as names of offers, is left to the compiler.
 */
export function policySchema(contract: PolicyContract): JsonSchema {
  const names = { channel: contract.channels, 'event type': Object.keys(contract.events) };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `Holdfast policy, format ${FORMAT_VERSION}`,
    ...schemaOf(POLICY_FILE, names),
  };
}

const ID = '^[a-z][a-z0-9_]{0,63}$';
const TIME = '^([01]?\\d|2[0-3]):[0-5]\\d$';
const PLAIN = ['string', 'number', 'boolean'];

function schemaOf(shape: Shape, names: Names): JsonSchema {
  switch (shape.kind) {
    case 'text':
    case 'condition':
      return { type: PLAIN };
    case 'texts':
      return { anyOf: [{ type: PLAIN }, { type: 'object', minProperties: 1, additionalProperties: { type: PLAIN } }] };
    case 'share':
      return { anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, pattern('^\\d{1,3}(\\.\\d{1,12})?%$')] };
    case 'money':
      return { type: 'number' };
    case 'date':
      return pattern('^\\d{4}-\\d{2}-\\d{2}$');
    case 'flag':
      return { type: 'boolean' };
    case 'days':
      return pattern('^\\d{4}-\\d{2}-\\d{2}(\\.\\.\\d{4}-\\d{2}-\\d{2})?$');
    case 'clock':
      return { anyOf: [{ type: 'integer', minimum: 0, maximum: 24 }, pattern(TIME)] };
    case 'time':
      return pattern(TIME);
    case 'zone':
      return { type: 'string', minLength: 1 };
    case 'currency':
      return pattern('^[A-Z]{3}$');
    case 'stage':
      return pattern('^(draft|shadow|live|retired|canary\\(\\d{1,3}(\\.\\d{1,12})?%\\))$');
    case 'language':
      return pattern('^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$');
    case 'word':
      return { enum: shape.words };
    case 'number':
      return { type: shape.isWhole ? 'integer' : 'number', minimum: shape.min, maximum: shape.max };
    case 'duration':
      return pattern('^\\d{1,12}(ms|s|m|h|d|w)$');
    case 'reference':
      return names[shape.to] === undefined ? { type: 'string' } : { enum: names[shape.to] };
    case 'list':
      return { type: 'array', items: schemaOf(shape.of, names), minItems: shape.min, maxItems: shape.max };
    case 'map':
      // A section with nothing in it is written as its name alone.
      return {
        type: ['object', 'null'],
        propertyNames: shape.by === undefined ? pattern(ID) : schemaOf(shape.by, names),
        maxProperties: shape.max,
        additionalProperties: schemaOf(shape.of, names),
      };
    case 'record':
      return recordSchema(shape, names);
    case 'either':
      return { anyOf: shape.of.map((one) => schemaOf(one, names)) };
  }
}

function recordSchema({ keys }: RecordShape, names: Names): JsonSchema {
  const entries = Object.entries(keys);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([key, { shape, says }]) => [
        key,
        { description: `${says} (${expectationOf(shape)})`, ...schemaOf(shape, names) },
      ]),
    ),
    required: entries.filter(([, { isRequired }]) => isRequired).map(([key]) => key),
    additionalProperties: false,
  };
}

const pattern = (text: string): JsonSchema => ({ type: 'string', pattern: text });
