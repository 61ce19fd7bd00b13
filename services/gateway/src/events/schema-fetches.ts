import type { SchemaAnswer, SchemaRegistry } from '@holdfast/kafka';

type Schemas = Pick<SchemaRegistry, 'schemaById'>;

/**
 * Asks for few schemas at once: a batch may name a thousand ids that nobody registered, and must not become a thousand
 * requests to the registry. Those beyond the bound are answered `unreachable`, so their events may come again.
 */
export function fewSchemasAtOnce(registry: Schemas, maxAtOnce: number): Schemas {
  const underWay = new Map<number, Promise<SchemaAnswer>>();
  const fetched = (schemaId: number): Promise<SchemaAnswer> => {
    const asked = registry.schemaById(schemaId).finally(() => underWay.delete(schemaId));
    underWay.set(schemaId, asked);
    return asked;
  };
  return {
    async schemaById(schemaId) {
      const running = underWay.get(schemaId);
      if (running !== undefined) return running;
      if (underWay.size < maxAtOnce) return fetched(schemaId);
      return { kind: 'unreachable', message: 'other schemas are being fetched' };
    },
  };
}
