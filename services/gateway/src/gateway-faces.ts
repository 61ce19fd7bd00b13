import { CUSTOMER_TOPOLOGY, createCloudEventReader, DECISION_TOPIC, INPUT_TOPICS } from '@holdfast/events';
import {
  type CustomerSeal,
  createCustomerSeal,
  createInputLog,
  createRegistryDecoder,
  offsetsAt,
} from '@holdfast/kafka';
import type { Logger, Metrics } from '@holdfast/observability';
import { openPolicy } from '@holdfast/policy-folder';
import { compareAlertIds, forgetCustomer, isAlertId } from '@holdfast/redis';
import { asTold, readCustomerRecords } from '@holdfast/telecom';
import { alertsFace } from './alerts/alerts-route.ts';
import type { GatewayConfig } from './config.ts';
import { createCustomerLookup } from './customers/customer-lookup.ts';
import { createCustomerReader } from './customers/customer-reader.ts';
import { customersFace } from './customers/customers-face.ts';
import { createErasureDesk } from './customers/erasure-desk.ts';
import { interactionSource, workSource } from './customers/export-sources.ts';
import { readFirstPolicy } from './customers/first-policy.ts';
import { createKeptDecisions } from './customers/kept-decisions.ts';
import { createConsentTeller } from './customers/tell-consent.ts';
import { documentsFace } from './documents/documents-face.ts';
import { holdForConsent } from './events/consent-hold.ts';
import { createEventIntake } from './events/event-intake.ts';
import { eventsFace } from './events/events-route.ts';
import { holdForExclusion } from './events/exclusion-hold.ts';
import { createPressure, underPressure } from './events/pressure.ts';
import { fewSchemasAtOnce } from './events/schema-fetches.ts';
import { tmfEventsFace } from './events/tmf/tmf-face.ts';
import type { GatewayLog } from './gateway-log.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import type { GatewayStores } from './gateway-stores.ts';
import type { Face } from './http/face.ts';
import { openInteractions } from './interactions/open-interactions.ts';
import { openOutcomes } from './outcomes/open-outcomes.ts';
import { outcomesFace } from './outcomes/outcomes-route.ts';
import { openRecommendations } from './recommendations/open-recommendations.ts';
import type { Security } from './security/security.ts';
import { createErasedCustomers } from './subscriptions/relay/erased-customers.ts';
import { openSubscriptions } from './subscriptions/subscriptions-part.ts';
import { openWorkList } from './work-list/open-work-list.ts';

export interface GatewayFacesDeps {
  readonly config: GatewayConfig;
  readonly log: GatewayLog;
  readonly stores: GatewayStores;
  readonly security: Pick<Security, 'authenticate' | 'sightOf' | 'audit'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface GatewayFaces {
  readonly faces: readonly Face[];
  /** Told of each answer, by the pattern of its route. */
  requestSeen(route: string, status: number, tookMs: number): void;
  /** Begins what works by itself: deliveries to subscribers. */
  start(): void;
  /** Ends it; the stores are their owner's to close. */
  close(): Promise<void>;
}

const ALERTS = { maxListeners: 6_000, heartbeatMs: 15_000, slowMs: 10_000, recheckMs: 15_000 };
const SCHEMAS_AT_ONCE = 16;
/** All gateways together read the log once for the subscribers. */
const RELAY_GROUP = 'holdfast-subscribers';
const RELAYED_TOPICS = [DECISION_TOPIC, INPUT_TOPICS.interaction];

/** Every face of the gateway on its stores and its log. */
export function openGatewayFaces(deps: GatewayFacesDeps): GatewayFaces {
  const { config, log, stores, security, metrics, logger } = deps;
  const { sightOf, audit } = security;
  const tmf = { tmfPrefix: config.tmfPrefix };
  const seen = createGatewayMetrics(metrics);

  const pressure = createPressure();
  const append = underPressure(log.append, pressure);
  const take = createEventIntake({
    parse: createCloudEventReader(createRegistryDecoder(fewSchemasAtOnce(log.registry, SCHEMAS_AT_ONCE)).decode),
    append,
    consentSeen: (event) => holdForConsent(event, stores.marks),
    exclusionSeen: (event) => holdForExclusion(event, stores.marks),
    holdFailed: (error) => logger.warn({ err: error }, 'hold of an opt-out not set'),
  });
  const intake = { counted: seen.events, retry: pressure };

  const alerts = alertsFace(
    {
      source: { ...stores.feed, isAlertId, compareIds: compareAlertIds },
      ...{ sightOf, authenticate: security.authenticate, ended: seen.listenerEnded },
    },
    ALERTS,
  );
  seen.watchListeners(alerts.listeners);
  const subscriptions = openSubscriptions(
    { ...config.subscriptions, queueUrl: config.queueUrl },
    { metrics, logger, log: relayedLog(deps) },
  );
  const { hub } = subscriptions;

  const customers = createCustomerReader({
    ...{ store: stores.shards, openPolicy, asTold, firstPolicy: readFirstPolicy(config.policyDir) },
    unfolded: (customerId, { inputs }) => stores.recent.since(customerId, inputs),
    nowMs: Date.now,
  });
  const decisions = createKeptDecisions(stores.shards, log.decoder);
  const recommendations = openRecommendations(
    { customers, decisions, store: stores.recommended, sightOf, audit, hub, metrics, logger },
    tmf,
  );
  const record = openOutcomes({
    ...{ customers, decisions, marks: stores.marks, recent: stores.recent, metrics, logger },
    work: stores.items,
    append: log.append,
    recommended: recommendations.contact,
  });
  const desk = { record, sightOf, audit };
  const interactions = openInteractions(
    { ...desk, store: stores.interactions, customers, recent: stores.recent, append: log.append, hub, logger },
    tmf,
  );
  const customerLookup = createCustomerLookup({ ...lookingUp(deps), reader: customers });
  const work = openWorkList(
    {
      ...desk,
      customers,
      lookUp: customerLookup,
      work: stores.items,
      append: log.append,
      decoder: log.decoder,
      metrics,
      logger,
    },
    log.client,
  );

  return {
    faces: [
      eventsFace({ take, ...intake }),
      tmfEventsFace({ append, ...intake }, tmf),
      alerts,
      subscriptions.face,
      recommendations.face,
      outcomesFace(desk),
      interactions,
      work.face,
      customersFace({ ...customersDeps(deps, subscriptions.forget), reader: customers }),
      documentsFace(),
    ],
    requestSeen: seen.request,
    start: subscriptions.start,
    async close() {
      await work.close();
      await subscriptions.closeStores();
      await customers.close();
    },
  };
}

function relayedLog({ config, log: { client, decoder }, stores, logger }: GatewayFacesDeps) {
  const topics = RELAYED_TOPICS;
  return {
    topics,
    fromBeforeErasure: createErasedCustomers({ store: stores.shards, seal: sealOf(config) }),
    openLog: () => createInputLog({ ...client, topics, groupId: RELAY_GROUP }, { logger }),
    offsetsSince: (topic: string, atMs: number) => offsetsAt({ ...client, topic, atMs }, { logger }),
    decoder,
  };
}

function sealOf({ erasureKey }: GatewayConfig): CustomerSeal | undefined {
  return erasureKey === undefined ? undefined : createCustomerSeal(erasureKey);
}

function customersDeps(
  { config, log, stores, security, logger }: GatewayFacesDeps,
  forgetForSubscribers: (customerId: string) => Promise<void>,
) {
  const { shards, recent, interactions, items } = stores;
  return {
    records: (customerId: string, partition: number) =>
      readCustomerRecords(
        customerId,
        { topology: CUSTOMER_TOPOLOGY, partition },
        { store: shards, decode: log.decoder.decode },
      ),
    tellConsent: createConsentTeller({
      hold: (event) => holdForConsent(event, stores.marks),
      append: log.append,
      note: (event, place) => recent.note(event.customerId, [{ event, place }]),
      failed: (what, error) => logger.warn({ err: error, what }, 'consent not held or not noted'),
    }),
    desk: createErasureDesk({
      store: shards,
      output: log.output,
      seal: sealOf(config),
      forgetters: [(customerId) => forgetCustomer(customerId, stores), forgetForSubscribers],
      failed: (error) => logger.error({ err: error }, 'erasure not followed to its end'),
    }),
    exports: [interactionSource(interactions), workSource(items)],
    ...lookingUp({ security, logger }),
  };
}

function lookingUp({ security: { sightOf, audit }, logger }: Pick<GatewayFacesDeps, 'security' | 'logger'>) {
  return {
    ...{ sightOf, audit, nowMs: Date.now },
    failed: (what: string, error: unknown) => logger.warn({ err: error, what }, 'customer not shown or not changed'),
  };
}
