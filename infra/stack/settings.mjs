/** Services of the stack with their usual ports. `kafkaController` and the like are ports nobody outside needs. */
export const USUAL_PORTS = { kafka: 9092, registry: 8081, redis: 6379 };

export const SERVICES = Object.keys(USUAL_PORTS);

export const IMAGES = {
  kafka: 'apache/kafka:4.1.1',
  registry: 'apicurio/apicurio-registry:3.3.3',
  redis: 'redis:7-alpine',
};

/**
 * Broker settings of both ways. A single node needs every internal topic with one replica; records are kept until the
 * user purges them, because Redis can be rebuilt from the log only as far as the log reaches.
 */
export const BROKER_SETTINGS = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': 'false',
  'num.partitions': '8',
  'offsets.topic.num.partitions': '8',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '8',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'log.retention.ms': '-1',
  'log.cleaner.dedupe.buffer.size': '33554432',
};

/**
 * Redis must never drop a key by itself and must survive its own end. Rewrites of a growing append-only file are the
 * largest single cost of a load, so they start late.
 */
export const REDIS_SETTINGS = [
  ['--appendonly', 'yes'],
  ['--appendfsync', 'everysec'],
  ['--save', ''],
  ['--maxmemory-policy', 'noeviction'],
  // Holdfast needs one; files of tests keep apart by them.
  ['--databases', '32'],
  ['--auto-aof-rewrite-percentage', '400'],
  ['--auto-aof-rewrite-min-size', '1gb'],
].flat();

/** The environment a Holdfast service needs to reach the stack. */
export function stackEnvironment(stack) {
  return {
    HOLDFAST_KAFKA_BROKERS: stack.brokers.join(','),
    HOLDFAST_REGISTRY_URL: stack.registryUrl,
    HOLDFAST_REDIS_URL: stack.redisUrl,
  };
}

/** Addresses of the services on the ports recorded. */
export function addressesOf(ports) {
  return {
    brokers: [`127.0.0.1:${ports.kafka}`],
    registryUrl: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
    redisUrl: `redis://127.0.0.1:${ports.redis}`,
  };
}
