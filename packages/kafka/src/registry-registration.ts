import { type AvroSchema, breakingChanges, type SchemaEntry } from '@holdfast/events';
import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import { SchemaRegistryError } from './registry-error.ts';
import { type Exchange, type RegistryHttp, registryAddress } from './registry-http.ts';

const COMPATIBILITY_LEVEL = COMPATIBILITY.BACKWARD;

export interface Registration {
  registerAll(table: readonly SchemaEntry[]): Promise<Readonly<Record<string, number>>>;
  idsOf(table: readonly SchemaEntry[]): Promise<Readonly<Record<string, number>>>;
}

/** Requests under way at a time; the registry answers each in a few milliseconds. */
const CONCURRENCY = 4;

/** Registers and looks up through the client library; compatibility settings and explanations by plain requests. */
export function createRegistration(
  http: RegistryHttp,
  options: { readonly url: string; readonly timeoutMs: number },
): Registration {
  const client = createClient(options);
  return {
    async registerAll(table) {
      await holdCompatibility(http, '/config');
      return collect(table, async (entry) => {
        await holdCompatibility(http, `/config/${encodeURIComponent(entry.subject)}`);
        return (await lookUp(http, entry)) ?? register(http, client, entry);
      });
    },
    idsOf: (table) =>
      collect(table, async (entry) => {
        const id = await lookUp(http, entry);
        if (id !== undefined) return id;
        throw new SchemaRegistryError(
          'not-registered',
          `the schema of ${entry.subject} is not registered; run "holdfast init" against this registry`,
        );
      }),
  };
}

type Middleware = NonNullable<ConstructorParameters<typeof Client>[0]['middlewares']>[number];

function createClient({ url, timeoutMs }: { readonly url: string; readonly timeoutMs: number }): Client {
  const { base, authorization } = registryAddress(url);
  const proof = authorization === undefined ? {} : { headers: { authorization } };
  // The library waits for ever by itself.
  const bounded: Middleware = () => ({
    prepareRequest: async (next) => (await next()).enhance({ timeout: timeoutMs, ...proof }),
  });
  return new Client({ host: base, retry: { retries: 0 }, middlewares: [bounded] });
}

/** The registry checks nothing until it is told to, so what was set is read back. */
async function holdCompatibility(http: RegistryHttp, path: string): Promise<void> {
  if ((await compatibilityAt(http, path)) === COMPATIBILITY_LEVEL) return;
  answered(await http.request('PUT', path, { compatibility: COMPATIBILITY_LEVEL }));
  const level = await compatibilityAt(http, path);
  if (level === COMPATIBILITY_LEVEL) return;
  throw new SchemaRegistryError('refused', `${path} of the registry stays ${level}, not ${COMPATIBILITY_LEVEL}`);
}

async function compatibilityAt(http: RegistryHttp, path: string): Promise<unknown> {
  const { status, body } = answered(await http.request('GET', path));
  return status === 200 ? body.compatibilityLevel : undefined;
}

/** The id of exactly this schema under its subject, undefined when it is not there. */
async function lookUp(http: RegistryHttp, { subject, schema }: SchemaEntry): Promise<number | undefined> {
  const path = `/subjects/${encodeURIComponent(subject)}`;
  const { status, body } = answered(await http.request('POST', path, { schema: JSON.stringify(schema) }));
  if (status === 200 && typeof body.id === 'number') return body.id;
  if (status === 404) return undefined;
  throw new SchemaRegistryError('refused', `${subject}: the registry answered ${status}: ${String(body.message)}`);
}

/** A registry that has only just started takes its time for the first schemas; registering twice is registering once. */
const SLOW_ANSWERS = 2;

async function register(http: RegistryHttp, client: Client, entry: SchemaEntry): Promise<number> {
  await refuseBreaks(http, entry);
  for (let patience = SLOW_ANSWERS; ; patience -= 1) {
    try {
      const registered = await client.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(entry.schema) },
        { subject: entry.subject, compatibility: COMPATIBILITY_LEVEL },
      );
      return registered.id;
    } catch (error) {
      const failure = registrationError(entry, error);
      if (failure.code !== 'unreachable' || patience === 0) throw failure;
    }
  }
}

/** Our rules name the field; the registry's answer often only counts the differences. */
async function refuseBreaks(http: RegistryHttp, { subject, schema }: SchemaEntry): Promise<void> {
  const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
  const { status, body } = answered(await http.request('GET', path));
  if (status !== 200 || typeof body.schema !== 'string') return;
  const breaks = breakingChanges(schema, JSON.parse(body.schema) as AvroSchema);
  if (breaks.length === 0) return;
  throw new SchemaRegistryError(
    'incompatible',
    `${subject} cannot read its version ${body.version}: ${breaks.join('; ')}`,
  );
}

function registrationError({ subject }: SchemaEntry, error: unknown): SchemaRegistryError {
  const message = error instanceof Error ? error.message : String(error);
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 409) return new SchemaRegistryError('incompatible', `${subject}: refused by the registry: ${message}`);
  // The library gives its own timeouts and connection failures status 400.
  return new SchemaRegistryError(status === 422 ? 'refused' : 'unreachable', `${subject}: ${message}`);
}

function answered(exchange: Exchange): Extract<Exchange, { kind: 'answered' }> {
  if (exchange.kind === 'answered') return exchange;
  throw new SchemaRegistryError('unreachable', exchange.message);
}

async function collect(
  table: readonly SchemaEntry[],
  idOf: (entry: SchemaEntry) => Promise<number>,
): Promise<Readonly<Record<string, number>>> {
  const ids: Record<string, number> = {};
  const waiting = [...table];
  const lane = async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      ids[entry.record] = await idOf(entry);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return ids;
}
