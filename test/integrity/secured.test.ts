import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, openAlertStream, startHttpProvider } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyFreePort, redisCall } from '../../infra/stack/index.mjs';
import { httpTransport } from '../e2e/transports.ts';
import { makeCertificates } from './certificates.ts';
import { createFaceClient, type FaceClient, keyPerRole } from './face-client.ts';
import { reachableCustomer } from './reachable-customer.ts';

const SERVICES = ['worker', 'dispatcher', 'gateway'] as const;
type Service = (typeof SERVICES)[number];

const ACCESS = join(import.meta.dirname, '../../infra/access');
const fromFile = <T>(name: string): T => JSON.parse(readFileSync(join(ACCESS, name), 'utf8')) as T;

interface Right {
  readonly resource: 'topic' | 'group' | 'cluster';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operations: readonly ('read' | 'write' | 'describe')[];
}

/** Subscribers of this machine, without TLS. */
const WEBHOOKS = {
  HOLDFAST_WEBHOOK_KEY: randomBytes(32).toString('base64'),
  HOLDFAST_WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
  HOLDFAST_WEBHOOK_ALLOW_HTTP: 'true',
};

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP, cluster: AclResourceTypes.CLUSTER };
const PATTERNS = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED };
const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
};

const TMF680 = '/tmf-api/recommendationManagement/v4';
/** As Redis and Kafka say it. */
const REFUSAL = /NOPERM|not authorized|authorization failed/i;

let dir: string;
let stack: Stack;
let system: System;
let faces: FaceClient;
let receiver: Awaited<ReturnType<typeof startHttpProvider>>;
let ofWorker: Readonly<Record<string, string>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-secured-'));
  const files = makeCertificates(dir);
  const [brokerPort, redisPort] = [await anyFreePort(), await anyFreePort()];
  const passwords = Object.fromEntries(SERVICES.map((service) => [service, randomBytes(16).toString('hex')]));
  for (const service of SERVICES) writeFileSync(join(dir, service), `${passwords[service]}\n`, { mode: 0o600 });
  stack = await startStack({
    kind: 'native',
    secured: {
      broker: {
        listener: `SASL_SSL://127.0.0.1:${brokerPort}`,
        scramUsers: SERVICES.map((service) => `SCRAM-SHA-512=[name=${service},password=${passwords[service]}]`),
        settings: {
          'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
          'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
          'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
            'org.apache.kafka.common.security.scram.ScramLoginModule required;',
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.location': files.store,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          // The test itself comes without proof, on the listener that no service knows.
          'super.users': 'User:ANONYMOUS',
        },
      },
      redisArgs: [
        '--tls-port',
        `${redisPort}`,
        '--tls-cert-file',
        files.cert,
        '--tls-key-file',
        files.key,
        '--tls-ca-cert-file',
        files.ca,
        '--tls-auth-clients',
        'no',
      ],
    },
  });
  await giveRights(passwords);
  const keys = keyPerRole();
  const erasureKey = { HOLDFAST_ERASURE_KEY: randomBytes(32).toString('hex') };
  const more: Partial<Record<Service, Record<string, string>>> = {
    gateway: { ...keys.environment, ...erasureKey, ...WEBHOOKS },
    worker: erasureKey,
  };
  const environmentOf = (service: Service) => ({
    HOLDFAST_KAFKA_BROKERS: `127.0.0.1:${brokerPort}`,
    HOLDFAST_KAFKA_TLS: 'on',
    HOLDFAST_KAFKA_CA_FILE: files.ca,
    HOLDFAST_KAFKA_SASL: 'scram-sha-512',
    HOLDFAST_KAFKA_USERNAME: service,
    HOLDFAST_KAFKA_PASSWORD_FILE: join(dir, service),
    HOLDFAST_REDIS_URL: `rediss://${service}@127.0.0.1:${redisPort}`,
    HOLDFAST_REDIS_PASSWORD_FILE: join(dir, service),
    HOLDFAST_QUEUE_REDIS_URL: '',
    NODE_EXTRA_CA_CERTS: files.ca,
    ...more[service],
  });
  ofWorker = environmentOf('worker');
  system = await startSystem(stack, { partitions: 4, environmentOf });
  faces = createFaceClient(system.gatewayUrl, keys);
  receiver = await startHttpProvider(() => ({ status: 204 }));
});
afterAll(async () => {
  await receiver?.close();
  await system?.stop();
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function giveRights(passwords: Readonly<Record<string, string>>): Promise<void> {
  const rules = fromFile<Record<Service, readonly string[]>>('redis-acl.json');
  const port = Number(new URL(stack.redisUrl).port);
  for (const service of SERVICES) {
    const words = ['ACL', 'SETUSER', service, 'on', `>${passwords[service]}`, ...rules[service]];
    expect(await redisCall(port, words)).toBe('OK');
  }
  const rights = fromFile<Record<Service, readonly Right[]>>('kafka-acls.json');
  const admin = new kafkajs.Kafka({ brokers: [...stack.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({
    acl: SERVICES.flatMap((service) =>
      rights[service].flatMap(({ resource, name, pattern, operations }) =>
        operations.map((operation) => ({
          resourceType: RESOURCES[resource],
          resourceName: name,
          resourcePatternType: PATTERNS[pattern],
          principal: `User:${service}`,
          host: '*',
          operation: OPERATIONS[operation],
          permissionType: AclPermissionTypes.ALLOW,
        })),
      ),
    ),
  });
  await admin.disconnect();
}

describe('with TLS, passwords from files and no more rights than it needs', () => {
  const customerId = reachableCustomer();
  const event = (type: string, fields: object) => ({
    ...{ type, eventId: randomUUID(), source: 'crm', customerId, occurredAt: Date.now(), ...fields },
  });
  const tell = (...events: readonly ReturnType<typeof event>[]) =>
    httpTransport(system.gatewayUrl, faces.keys.producer).send(events as never);

  it('the product takes an event, decides, and raises the alert', async () => {
    const subscription = { url: receiver.url, kinds: ['alert', 'decision', 'work-item', 'interaction'] };
    expect(await faces.call('operator', 'POST', '/v1/subscriptions', subscription)).toMatchObject({ status: 201 });
    const feed = await openAlertStream(system.gatewayUrl, faces.keys.agent);
    await tell(
      event('SuspensionRequested', { subscriptionId: 'l-1', requestId: randomUUID(), reason: 'too expensive' }),
    );
    await eventually('the alert', () => {
      expect(feed.alerts.map((alert) => alert.customerId)).toContain(customerId);
    });
    feed.close();
  });

  it('an agent works on it, and is recommended something else', async () => {
    const asked = { customerId, channel: 'call-centre', reason: 'bill' };
    expect(await faces.call('agent', 'POST', '/v1/recommendations', asked)).toMatchObject({ status: 200 });
    expect(await faces.call('agent', 'GET', `${TMF680}/queryProductRecommendation`)).toMatchObject({ status: 200 });
    const claimed = await faces.call('agent', 'POST', '/v1/work-items/claim-next', {});
    expect(claimed).toMatchObject({ status: 200, body: { customerId, kind: 'contact' } });
    const outcome = { outcome: 'rejected', reason: 'price' };
    const finish = `/v1/work-items/${String(claimed.body.id)}/finish`;
    expect(await faces.call('agent', 'POST', finish, outcome)).toMatchObject({ status: 200 });
  });

  it('what others tell through the log is work too', async () => {
    await tell(event('FollowUpOpened', { followUpId: randomUUID(), dueAt: Date.now() + 3_600_000, topics: ['bill'] }));
    await eventually('the follow-up in the work list', async () => {
      const { body } = await faces.call('agent', 'GET', `/v1/work-items?customerId=${customerId}`);
      expect(body).toMatchObject({ items: [{ kind: 'follow-up', topics: ['bill'] }] });
    });
  });

  it('subscribers hear of alerts, decisions, work and answers', async () => {
    const types = ['alert.raised', 'decision.made', 'work-item.changed', 'interaction.offer-rejected'];
    await eventually('one message of each', () => {
      expect(receiver.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(
        expect.arrayContaining(types),
      );
    });
  });

  it('the customer is shown, withdraws his consent, and is erased', async () => {
    const path = `/v1/customers/${customerId}`;
    const withdrawal = { channel: '*', granted: false };
    expect(await faces.call('agent', 'GET', path)).toMatchObject({ status: 200 });
    expect(await faces.call('agent', 'POST', `${path}/consents`, withdrawal)).toMatchObject({ status: 202 });
    expect(await faces.call('operator', 'GET', `${path}/export`)).toMatchObject({ status: 200 });
    const { status, body } = await faces.call('operator', 'POST', `${path}/erase`);
    expect([200, 202]).toContain(status);
    await eventually('the erasure', async () => {
      expect(await faces.call('operator', 'GET', `/v1/erasures/${String(body.erasureId)}`)).toMatchObject({
        body: { status: 'done' },
      });
    });
  });

  it('no service was refused anything meanwhile', () => {
    const said = readdirSync(system.logDir).map((name) => readFileSync(join(system.logDir, name), 'utf8'));
    expect(said.length).toBeGreaterThanOrEqual(SERVICES.length);
    const refusals = said.flatMap((text) => text.split('\n')).filter((line) => REFUSAL.test(line));
    expect(refusals).toEqual([]);
  });

  it('a worker with a wrong password does not start to work, and says nothing of the password', async () => {
    const file = join(dir, 'wrong');
    writeFileSync(file, 'not-the-password\n');
    const started = system.startWorker('wrong', { ...ofWorker, HOLDFAST_REDIS_PASSWORD_FILE: file });
    await expect(started).rejects.toThrow(/worker ended with 1 .*(WRONGPASS|invalid username-password)/s);
    await expect(started).rejects.not.toThrow(/not-the-password/);
  });

  it('a client that does not trust the authority is told of it', async () => {
    const started = system.startWorker('distrusting', { ...ofWorker, NODE_EXTRA_CA_CERTS: '' });
    await expect(started).rejects.toThrow(/worker ended with 1 .*(self-signed|certificate)/s);
  });
});
