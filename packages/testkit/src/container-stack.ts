import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import {
  addressesOf,
  brokerVariables,
  choosePorts,
  IMAGES,
  REDIS_SETTINGS,
  redisCall,
  type ServiceName,
} from '../../../infra/stack/index.mjs';
import { eventually } from './eventually.ts';
import { wipeRedis } from './native-stack.ts';
import type { ServiceHandle, Stack } from './stack-model.ts';

const STARTUP_MS = 120_000;
const STOP_SECONDS = 15;

/**
 * The three services as containers. Host ports are chosen before the start: an engine gives a restarted container
 * another port unless its own was asked for, and the broker has to advertise the port clients see.
 */
export async function startContainerStack(): Promise<Stack> {
  const ports = (await choosePorts({ kafka: 0, registry: 0, redis: 0 })) as Record<ServiceName, number>;
  const start = (container: GenericContainer) => container.withStartupTimeout(STARTUP_MS).start();
  // The first one alone: containers begun together would each bring a reaper along.
  const first = await start(redis(ports.redis));
  const settled = await Promise.allSettled([start(broker(ports.kafka)), start(registry(ports.registry))]);
  const started = [first, ...settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))];
  const stop = async () => {
    await Promise.all(started.map((container) => container.stop()));
  };
  const failed = settled.find((result) => result.status === 'rejected');
  const [redisContainer, brokerContainer, registryContainer] = started;
  if (failed || !brokerContainer || !registryContainer || !redisContainer) {
    await stop();
    throw failed?.reason;
  }
  return {
    kind: 'containers',
    ...addressesOf(ports),
    broker: handleOf(brokerContainer),
    registry: handleOf(registryContainer),
    redis: {
      ...handleOf(redisContainer),
      start: () => startRedisAgain(redisContainer, ports.redis),
      wipe: () => wipeRedis(ports.redis),
    },
    stop,
  };
}

function broker(port: number): GenericContainer {
  return new GenericContainer(IMAGES.kafka)
    .withEnvironment(brokerVariables(port))
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
}

function registry(port: number): GenericContainer {
  return new GenericContainer(IMAGES.registry)
    .withEnvironment({ APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry' })
    .withExposedPorts({ container: 8080, host: port })
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080));
}

function redis(port: number): GenericContainer {
  return new GenericContainer(IMAGES.redis)
    .withCommand(['redis-server', ...REDIS_SETTINGS])
    .withExposedPorts({ container: 6379, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/));
}

/**
 * By its answers: Redis is ready in milliseconds, and the library, which waits for the line that says so, may have missed it by
 * the time it reads the log of a container that was started again.
 */
async function startRedisAgain(container: StartedTestContainer, port: number): Promise<void> {
  await (await getContainerRuntimeClient()).container.getById(container.getId()).start();
  await eventually('Redis answering', async () => {
    const answer = await redisCall(port, ['PING'], { timeoutMs: 1_500 });
    if (answer !== 'PONG') throw new Error(`it answers ${answer ?? 'nothing'}`);
  });
}

function handleOf(container: StartedTestContainer): ServiceHandle {
  const inEngine = async () => (await getContainerRuntimeClient()).container.getById(container.getId());
  return {
    stop: async () => (await inEngine()).stop({ t: STOP_SECONDS }),
    kill: async () => (await inEngine()).kill(),
    // Restarting a stopped container starts it; the library then waits as it did the first time.
    start: () => container.restart(),
    freeze: async () => (await inEngine()).pause(),
    thaw: async () => (await inEngine()).unpause(),
  };
}
