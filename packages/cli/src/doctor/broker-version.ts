import { connect } from 'node:net';

const API_VERSIONS = 18;
const FINALIZED_FEATURES_TAG = 2;
const TIMEOUT_MS = 3_000;

/**
 * Level of the feature `metadata.version` that the broker's cluster has finalized, by its ApiVersions answer (Kafka
 * protocol, version 3 of the request): the only thing a broker tells about its release. Null when it does not answer.
 */
export function brokerFeatureLevel(address: string): Promise<number | null> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    let received = Buffer.alloc(0);
    const answer = (level: number | null) => {
      socket.destroy();
      resolve(level);
    };
    socket.setTimeout(TIMEOUT_MS, () => answer(null));
    socket.once('error', () => answer(null));
    socket.once('close', () => answer(null));
    socket.once('connect', () => socket.write(apiVersionsRequest()));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) answer(metadataLevel(received));
    });
  });
}

/** Version 3 with one-byte lengths: names shorter than 127 bytes. */
function apiVersionsRequest(): Buffer {
  const name = Buffer.from('holdfast-doctor');
  const head = Buffer.alloc(10);
  head.writeInt16BE(API_VERSIONS, 0);
  head.writeInt16BE(3, 2);
  head.writeInt32BE(1, 4);
  head.writeInt16BE(name.length, 8);
  const compact = (text: Buffer) => Buffer.concat([Buffer.from([text.length + 1]), text]);
  const noTags = Buffer.from([0]);
  const body = Buffer.concat([head, name, noTags, compact(name), compact(Buffer.from('1')), noTags]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length, 0);
  return Buffer.concat([length, body]);
}

/** Reads a whole answer: length, correlation id, error, the list of calls, throttle time, tagged fields. */
export function metadataLevel(answer: Buffer): number | null {
  const cursor = { bytes: answer, at: 8 };
  if (readInt16(cursor) !== 0) return null;
  const calls = readVarint(cursor) - 1;
  for (let index = 0; index < calls; index += 1) {
    cursor.at += 6;
    skipTags(cursor);
  }
  cursor.at += 4;
  const tags = readVarint(cursor);
  for (let index = 0; index < tags; index += 1) {
    const tag = readVarint(cursor);
    const size = readVarint(cursor);
    if (tag === FINALIZED_FEATURES_TAG) return levelAmong(cursor);
    cursor.at += size;
  }
  return null;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function levelAmong(cursor: Cursor): number | null {
  const features = readVarint(cursor) - 1;
  for (let index = 0; index < features; index += 1) {
    const length = readVarint(cursor) - 1;
    const name = cursor.bytes.toString('utf8', cursor.at, cursor.at + length);
    cursor.at += length;
    const maximum = readInt16(cursor);
    readInt16(cursor);
    skipTags(cursor);
    if (name === 'metadata.version') return maximum;
  }
  return null;
}

function skipTags(cursor: Cursor): void {
  const tags = readVarint(cursor);
  for (let index = 0; index < tags; index += 1) {
    readVarint(cursor);
    const size = readVarint(cursor);
    cursor.at += size;
  }
}

function readInt16(cursor: Cursor): number {
  cursor.at += 2;
  return cursor.bytes.readInt16BE(cursor.at - 2);
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes.readUInt8(cursor.at);
    cursor.at += 1;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
