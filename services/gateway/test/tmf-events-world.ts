import { existsSync, readFileSync } from 'node:fs';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { AppendOutcome, EventResult, GatewayEvent } from '../src/events/event-intake.ts';
import { tmfEventsFace } from '../src/events/tmf/tmf-face.ts';
import { createGateway, type Gateway } from '../src/gateway.ts';

const STANDARDS = new URL('../../../../shared/standards/tmf/', import.meta.url);
export const PREFIX = '/tmf';
export const USAGE = `${PREFIX}/usageManagement/v4/usage`;
export const LISTENER = `${PREFIX}/productInventory/v4/listener`;
export const ACCEPTED: AppendOutcome = { kind: 'accepted', place: { topic: 't', partition: 0, offset: 0 } };

/** The faces of TMF635 and TMF637 with a log in memory. Called once by a test file: it registers its hooks. */
export function useTmfEvents() {
  let gateway: Gateway;
  const world = { appended: [] as GatewayEvent[], counted: [] as EventResult[], outcome: ACCEPTED, post };

  beforeAll(async () => {
    const face = tmfEventsFace(
      {
        append: async (events) => {
          world.appended.push(...events);
          return events.map(() => world.outcome);
        },
        counted: (results) => world.counted.push(...results),
        retry: { busySeconds: () => 7, awaySeconds: () => 3 },
      },
      { tmfPrefix: PREFIX },
    );
    gateway = await createGateway(
      {
        faces: [face],
        authenticate: () => ({ kind: 'known', principal: { id: 'billing', kind: 'key', roles: ['producer'] } }),
        metrics: createMetrics({ service: 'gateway' }),
        health: createHealth(),
        logger: createLogger({ service: 'gateway', level: 'silent' }),
        requestSeen: () => {},
      },
      { host: '127.0.0.1', port: 0, tmfPrefix: PREFIX },
    );
  });
  beforeEach(() => {
    world.appended = [];
    world.counted = [];
    world.outcome = ACCEPTED;
  });
  afterAll(() => gateway.close());

  async function post(url: string, payload: object | string) {
    const headers = { 'content-type': 'application/json' };
    const answer = await gateway.app.inject({ method: 'POST', url, headers, payload });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }

  return world;
}

const FILES = {
  TMF635: 'TMF635_Usage_Management_API_v4.0.0_swagger.json',
  TMF637: 'TMF637_Product_Inventory_Management_API_v4.0.0_swagger.json',
};
export const isThere = existsSync(STANDARDS);

/** Whether a value is what a definition of the interface's own file says; every value where the file is absent. */
export function contract(file: keyof typeof FILES): (definition: string, value: unknown) => void {
  if (!isThere) return () => {};
  const ajv = new Ajv({ strict: false });
  for (const format of ['date-time', 'uri', 'float']) ajv.addFormat(format, true);
  const { definitions } = JSON.parse(readFileSync(new URL(FILES[file], STANDARDS), 'utf8'));
  ajv.addSchema({ $id: file, definitions });
  return (definition, value) => {
    const isValid = ajv.validate({ $ref: `${file}#/definitions/${definition}` }, value);
    expect(isValid, `${definition}: ${ajv.errorsText()} in ${JSON.stringify(value)}`).toBe(true);
  };
}

export const customer = { id: 'c-1', role: 'customer', '@referredType': 'Customer' };
