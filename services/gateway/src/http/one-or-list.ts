import type { FastifySchemaCompiler } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';

/**
 * For a route whose body is one thing or a list of them: each is checked by its own schema, so that a refusal names the field
 * instead of saying that neither fits.
 */
export function oneOrListCompiler(one: z.ZodType, list: z.ZodType): FastifySchemaCompiler<unknown> {
  return (route) => {
    if (route.httpPart !== 'body') return validatorCompiler({ ...route, schema: route.schema as z.ZodType });
    const checkOne = validatorCompiler({ ...route, schema: one });
    const checkList = validatorCompiler({ ...route, schema: list });
    return (data) => (Array.isArray(data) ? checkList : checkOne)(data);
  };
}
