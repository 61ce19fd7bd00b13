/** How long an agent's tool waits before it comes back, ms; told to it at the start. */
const RECONNECT_MS = 1_000;

export const OPENING = Buffer.from(`retry: ${RECONNECT_MS}\n\n`);

/** Data is one line of JSON, so one `data:` field is enough. */
export function alertFrame(alert: { readonly id: string; readonly json: string }): Buffer {
  return Buffer.from(`id: ${alert.id}\nevent: alert\ndata: ${alert.json}\n\n`);
}

/**
 * An id alone: the listener is told nothing and remembers the place, so that whoever filters everything out does not come
 * back with an id that is long gone.
 */
export function heartbeatFrame(id: string): Buffer {
  return Buffer.from(`: heartbeat\nid: ${id}\n\n`);
}

/** Alerts between the place the listener knows and the oldest that is kept are gone. */
export function resetFrame(after: string, oldest: string): Buffer {
  return Buffer.from(`id: ${after}\nevent: reset\ndata: ${JSON.stringify({ oldest })}\n\n`);
}
