import {
  addressCheck,
  createHealth,
  createLogger,
  createMetrics,
  onShutdown,
  startService,
} from '@holdfast/observability';
import { readConfig } from './config.ts';
import { createGateway } from './gateway.ts';
import { openGatewayFaces } from './gateway-faces.ts';
import { openGatewayLog } from './gateway-log.ts';
import { openGatewayStores } from './gateway-stores.ts';
import { openSecurity } from './security/security.ts';

const SERVICE = 'gateway';

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger({ service: SERVICE, level: config.logLevel });
  const metrics = createMetrics({ service: SERVICE });
  const health = createHealth();

  const log = openGatewayLog(config, logger);
  const stores = openGatewayStores(config);
  health.readiness('registry', log.producer.check);
  health.readiness('kafka', addressCheck('broker', config.brokers));
  health.readiness('redis', async () => {
    await stores.feed.lastId();
    return { ok: true };
  });

  const security = await openSecurity(config.security, { append: log.appendAccess, metrics, health, logger });
  const faces = openGatewayFaces({ config, log, stores, security, metrics, logger });
  const gateway = await createGateway(
    {
      faces: faces.faces,
      authenticate: security.authenticate,
      ...{ metrics, health, logger },
      requestSeen: faces.requestSeen,
      requestRefused: security.refused,
    },
    { host: config.host, port: config.port, tmfPrefix: config.tmfPrefix, ...security.exposure },
  );
  security.renewOn(gateway.app.server);

  const shutdown = onShutdown(
    [
      { name: 'say not ready', run: () => health.drain('stopping') },
      { name: 'finish requests, end streams', run: () => gateway.close() },
      { name: 'leave the work list and the subscribers', run: () => faces.close() },
      { name: 'look at keys, desks and certificates no more', run: () => security.close() },
      { name: 'stop asking the registry', run: () => log.stopAsking() },
      { name: 'send what waits', run: () => log.flush() },
      { name: 'close stores', run: () => stores.close() },
      { name: 'close the registry', run: () => log.close() },
    ],
    { logger },
  );
  try {
    const port = await gateway.start();
    faces.start();
    logger.info({ port }, 'listening');
    if (await log.ready()) logger.info({ port }, 'ready');
  } catch (error) {
    logger.fatal({ err: error }, 'cannot listen');
    await shutdown.begin('cannot listen', 1);
  }
}

await startService(SERVICE, main);
