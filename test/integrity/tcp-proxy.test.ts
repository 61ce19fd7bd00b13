import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { eventually } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A server that says its name to every line. */
async function startNamed(name: string): Promise<Server & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('data', (chunk) => socket.write(`${name}:${chunk.toString()}`));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return Object.assign(server, { port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
}

interface Client {
  readonly socket: Socket;
  heard: string;
  isOver: boolean;
}

function connect(port: number): Client {
  const client: Client = { socket: dial(port, '127.0.0.1'), heard: '', isOver: false };
  client.socket.on('data', (chunk) => {
    client.heard += chunk.toString();
  });
  client.socket.on('error', () => undefined);
  client.socket.on('close', () => {
    client.isOver = true;
  });
  return client;
}

describe('the proxy before a server', () => {
  let server: Awaited<ReturnType<typeof startNamed>>;
  let proxy: TcpProxy;
  let client: Client;
  const hears = (what: string) => eventually(what, () => expect(client.heard).toBe(what), { everyMs: 5 });
  const isOver = (one: Client) => eventually('the end', () => expect(one.isOver).toBe(true), { everyMs: 5 });

  beforeEach(async () => {
    server = await startNamed('a');
    proxy = await createTcpProxy(server.port);
    client = connect(proxy.port);
    client.socket.write('1');
    await hears('a:1');
  });
  afterEach(async () => {
    await proxy.close();
    server.close();
  });

  it('holds from a request on that contains a text, that one too, and lets all of it pass in order', async () => {
    proxy.holdFrom('stop');
    client.socket.write('2');
    await hears('a:1a:2');
    expect(proxy.isHolding).toBe(false);
    client.socket.write('stop');
    await eventually('the wire is held', () => expect(proxy.isHolding).toBe(true), { everyMs: 5 });
    client.socket.write('3');
    expect(client.heard).toBe('a:1a:2');
    proxy.pass();
    await eventually('all of it', () => expect(client.heard.replaceAll('a:', '')).toBe('12stop3'), { everyMs: 5 });
  });

  it('cuts a connection in the middle of a reply, and lets the next one pass', async () => {
    proxy.cutReplyAfter(4);
    client.socket.write('23456');
    await isOver(client);
    expect(client.heard).toBe('a:1a:23');
    client = connect(proxy.port);
    client.socket.write('7');
    await hears('a:7');
  });

  it('holds what is said, with the connection standing, until it may pass', async () => {
    proxy.hold();
    client.socket.write('2');
    const other = connect(proxy.port);
    await once(other.socket, 'connect');
    expect(client.heard).toBe('a:1');
    expect(client.isOver).toBe(false);
    proxy.pass();
    await hears('a:1a:2');
  });

  it('refuses new connections and leaves the old ones alone', async () => {
    proxy.refuse();
    await isOver(connect(proxy.port));
    client.socket.write('2');
    await hears('a:1a:2');
  });

  it('leads to another server, and nobody stays with the old one', async () => {
    const second = await startNamed('b');
    proxy.lead(second.port);
    await isOver(client);
    client = connect(proxy.port);
    client.socket.write('2');
    await hears('b:2');
    second.close();
  });

  it('takes its time when told to', async () => {
    proxy.delay(80);
    const before = performance.now();
    client.socket.write('2');
    await hears('a:1a:2');
    expect(performance.now() - before).toBeGreaterThanOrEqual(140);
  });
});
