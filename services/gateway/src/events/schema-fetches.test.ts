import type { SchemaAnswer } from '@holdfast/kafka';
import { expect, it } from 'vitest';
import { fewSchemasAtOnce } from './schema-fetches.ts';

it('asks for few schemas at once, each once, and for others when those are answered', async () => {
  const asked: number[] = [];
  const { promise, resolve } = Promise.withResolvers<SchemaAnswer>();
  const schemas = fewSchemasAtOnce(
    {
      schemaById(schemaId) {
        asked.push(schemaId);
        return promise;
      },
    },
    2,
  );
  const [first, again, second, third] = [1, 1, 2, 3].map((id) => schemas.schemaById(id));
  expect(await third).toMatchObject({ kind: 'unreachable' });
  resolve({ kind: 'unknown' });
  expect(await Promise.all([first, again, second])).toEqual(Array(3).fill({ kind: 'unknown' }));
  await schemas.schemaById(3);
  expect(asked).toEqual([1, 2, 3]);
});
