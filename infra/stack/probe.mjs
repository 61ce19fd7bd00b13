import { connect } from 'node:net';

/** True when the address accepts a TCP connection. */
export function canConnect(port, { host = '127.0.0.1', timeoutMs = 1_000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** Status and body of a GET, or null when nothing answers in time. */
export async function httpGet(url, timeoutMs = 1_500) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: await response.text() };
  } catch {
    return null;
  }
}

/**
 * Sends one command to a Redis and returns its reply as text (arrays joined by line breaks), or null without a full answer.
 * The time counts from the last byte either way, and on a busy machine it may be this process that stands still: only who asks
 * whether somebody is there gives a shorter one.
 */
export function redisCall(port, words, { host = '127.0.0.1', timeoutMs = 30_000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(timeoutMs, () => answer(null));
    socket.once('error', () => answer(null));
    socket.once('close', () => answer(null));
    socket.once('connect', () => socket.write(encodeCommand(words)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const reply = decodeReply(received, 0);
      if (reply) answer(reply.text);
    });
  });
}

function encodeCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** One RESP2 reply starting at `from`, or null while bytes are missing. */
export function decodeReply(bytes, from) {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd < 0) return null;
  const mark = String.fromCharCode(bytes[from]);
  const line = bytes.toString('utf8', from + 1, lineEnd);
  const next = lineEnd + 2;
  if (mark === '*') return decodeArray(bytes, next, Number(line));
  if (mark !== '$') return { text: mark === '-' ? `-${line}` : line, next };
  const length = Number(line);
  if (length < 0) return { text: '', next };
  if (bytes.length < next + length + 2) return null;
  return { text: bytes.toString('utf8', next, next + length), next: next + length + 2 };
}

function decodeArray(bytes, from, count) {
  const texts = [];
  let next = from;
  for (let index = 0; index < count; index += 1) {
    const item = decodeReply(bytes, next);
    if (!item) return null;
    texts.push(item.text);
    next = item.next;
  }
  return { text: texts.join('\n'), next };
}
