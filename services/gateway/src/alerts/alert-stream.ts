import type { ServerResponse } from 'node:http';
import type { AlertBoard, AlertSource, Audience } from './alert-board.ts';
import { placeOf } from './alert-filter.ts';
import { alertFrame, heartbeatFrame, OPENING } from './alert-frame.ts';

export interface AlertStreamOptions {
  /** An id is sent so often, so that proxies and listeners see the stream is alive, ms. */
  readonly heartbeatMs: number;
  /** A listener that has not taken what was written for so long is dropped, ms. */
  readonly slowMs: number;
}

/** Why a stream ended. `refused`: its caller would not be let in any more, or sees something else now. */
export type StreamEnd = 'left' | 'slow' | 'closed' | 'failed' | 'refused';

export interface AlertStreamRequest {
  /** Everything after this alert. */
  readonly after: string;
  /** Equal for all who see the same. */
  readonly audience: string;
  readonly sees: Audience['sees'];
  /** Written before anything else. */
  readonly first?: Buffer;
}

export interface AlertStreamDeps {
  readonly board: AlertBoard;
  readonly source: Pick<AlertSource, 'read'>;
}

/** Alerts of the feed that are looked at before anything else has its turn. */
const PAGE = 200;

/**
 * Writes alerts to one listener as server-sent events until he leaves, is too slow, or `signal` aborts. While he keeps up he
 * is posted to by the board. Else he reads for himself from where he is: nothing waits for him in memory beyond the
 * socket's own buffer and what was written at once. A dropped listener comes back with the id of the last alert he has.
 */
export async function streamAlerts(
  response: ServerResponse,
  { board, source }: AlertStreamDeps,
  request: AlertStreamRequest,
  { signal, ...options }: AlertStreamOptions & { readonly signal: AbortSignal },
): Promise<StreamEnd> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const ended = AbortSignal.any([signal, left.signal]);
  let position = request.after;
  let isLive = false;
  const heartbeat = setInterval(() => {
    // A listener who is behind gets no heartbeat on top.
    if (!response.writableNeedDrain) response.write(heartbeatFrame(isLive ? board.head() : position));
  }, options.heartbeatMs);
  try {
    response.write(request.first ? Buffer.concat([OPENING, request.first]) : OPENING);
    while (!ended.aborted) {
      if (response.writableNeedDrain && !(await drained(response, ended, options.slowMs))) return 'slow';
      const missed = board.after(position);
      if (missed === undefined) {
        position = await writePage(position);
        continue;
      }
      const frames = missed.filter(({ place }) => request.sees(place)).map(({ frame }) => frame);
      position = missed.at(-1)?.id ?? position;
      // Nothing is awaited between the look at the board and joining it, so no alert falls in between.
      const hasTaken = frames.length === 0 || response.write(Buffer.concat(frames));
      if (!hasTaken) continue;
      isLive = true;
      await live();
      isLive = false;
      position = board.head();
    }
    return left.signal.aborted ? 'left' : 'closed';
  } catch {
    return 'failed';
  } finally {
    clearInterval(heartbeat);
    // Destroyed rather than ended: the rest of a slow listener's buffer would never leave.
    response.destroy();
  }

  async function writePage(after: string): Promise<string> {
    // Known before the read: of what is not found up to here nothing is kept.
    const floor = board.floor();
    const page = await source.read({ after, max: PAGE });
    const seen = page.filter(({ json }) => request.sees(placeOf(json)));
    if (seen.length > 0) response.write(Buffer.concat(seen.map(alertFrame)));
    return page.at(-1)?.id ?? floor;
  }

  /** Resolves when the listener does not take any more, or it ends. */
  function live(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => {
      board.leave(request.audience, listener);
      ended.removeEventListener('abort', stop);
      resolve();
    };
    const listener = {
      post(frames: Buffer) {
        if (!response.write(frames)) stop();
      },
    };
    board.join(request.audience, request.sees, listener);
    ended.addEventListener('abort', stop, { once: true });
    if (ended.aborted) stop();
    return promise;
  }
}

/** False when the listener took nothing in time. */
function drained(response: ServerResponse, ended: AbortSignal, slowMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (inTime: boolean) => () => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      ended.removeEventListener('abort', onDrain);
      resolve(inTime);
    };
    const onDrain = finish(true);
    const timer = setTimeout(finish(false), slowMs);
    response.once('drain', onDrain);
    ended.addEventListener('abort', onDrain, { once: true });
    if (ended.aborted) onDrain();
  });
}
