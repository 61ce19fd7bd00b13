import { type RedisServer, startRedisServer } from '@holdfast/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export { type RedisServer, startRedisServer };

/** A server of a test file's own. */
export interface OwnRedis {
  readonly url: string;
  readonly server: RedisServer;
  /** A connection beside those that are tested. */
  readonly admin: Redis;
}

/** Starts a server for all tests of a file and empties it before each. Called once by the file: it registers its hooks. */
export function useRedis(): OwnRedis {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedisServer();
    admin = new Redis(server.url, { protocol: 2 });
    // A server that a test stops is away for this connection too.
    admin.on('error', () => undefined);
  });
  beforeEach(async () => {
    await admin.flushall();
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  return {
    get url() {
      return server.url;
    },
    get server() {
      return server;
    },
    get admin() {
      return admin;
    },
  };
}
