import { z } from 'zod';
import { accessOf, listedAddress } from '../security/guard.ts';
import { PUBLIC } from '../security/roles.ts';
import { PROBLEM, TMF_ERROR } from './problem.ts';

/** As `@fastify/swagger` makes it of the schemas of the routes; what is not looked at here is not described. */
interface OpenApiDocument {
  readonly paths?: Record<string, Record<string, Operation>>;
  components?: Record<string, unknown>;
}

interface Operation {
  operationId?: string;
  security?: readonly Record<string, readonly string[]>[];
  responses?: Record<string, Answer>;
  [name: string]: unknown;
}

interface Answer {
  description?: string;
  content?: Record<string, unknown>;
  [name: string]: unknown;
}

export const OPENAPI = {
  openapi: '3.1.0' as const,
  info: {
    title: 'Holdfast',
    version: '1',
    description:
      'Every HTTP face of Holdfast: events in, recommendations, outcomes, alerts, work lists and customers. Errors are problem ' +
      'documents (RFC 9457) that say what to do; those of TM Forum interfaces are their `Error`.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  servers: [{ url: '/', description: 'This gateway' }],
};

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key.' },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or a token of the configured identity provider.',
  },
};

const PROBLEM_JSON = 'application/problem+json';
const GUARDED = {
  401: 'No key or token, or none that is taken here',
  403: 'The key or token does not open this',
  429: 'Too many requests; `Retry-After` says when again',
};

/** What the server says before a route is asked. */
const ANY_REQUEST = {
  414: 'The address is longer than 4,096 characters',
  431: 'More than 100 headers, or more than 16 KiB of them',
};

/** Adds to every operation who may use it, and how its errors look. */
export function completeDocument<T extends object>(given: T, tmfPrefix: string): T {
  const document: OpenApiDocument = given;
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    const isTmf = path.startsWith(`${tmfPrefix}/`);
    for (const [method, operation] of Object.entries(operations)) {
      const address = listedAddress(path.replace(/\{(\w+)\}/g, ':$1'), tmfPrefix);
      guardOperation(operation, accessOf(`${method.toUpperCase()} ${address}`));
      operation.operationId = operationId(method, address);
      operation.responses = { ...answersWith(ANY_REQUEST), ...operation.responses };
      for (const [status, answer] of Object.entries(operation.responses ?? {})) {
        if (Number(status) >= 400) describeError(answer, isTmf);
      }
    }
  }
  const schemas = {
    ...(document.components?.schemas as object),
    Problem: inDocument(PROBLEM),
    TmfError: inDocument(TMF_ERROR),
  };
  document.components = { ...document.components, schemas, securitySchemes: SECURITY_SCHEMES };
  return given;
}

function guardOperation(operation: Operation, access: ReturnType<typeof accessOf>): void {
  if (access === PUBLIC) {
    operation.security = [];
    return;
  }
  operation.security = [{ apiKey: [] }, { bearer: [] }];
  operation['x-roles'] = access;
  operation.responses = { ...answersWith(GUARDED), ...operation.responses };
}

function answersWith(descriptions: Readonly<Record<string, string>>): Record<string, Answer> {
  return Object.fromEntries(Object.entries(descriptions).map(([status, description]) => [status, { description }]));
}

/** A route that says itself where its answer is a problem may answer with something else as well. */
function describeError(answer: Answer, isTmf: boolean): void {
  if (answer.content !== undefined && PROBLEM_JSON in answer.content) return;
  const [type, schema] = isTmf ? ['application/json', 'TmfError'] : [PROBLEM_JSON, 'Problem'];
  answer.content = { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}

function inDocument(schema: z.ZodType): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return described;
}

/** `POST /v1/work-items/:id/claim` is `postV1WorkItemsIdClaim`. */
function operationId(method: string, address: string): string {
  const words = address.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
