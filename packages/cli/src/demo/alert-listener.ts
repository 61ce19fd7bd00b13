import type { Alert } from '@holdfast/telecom';
import { createParser } from 'eventsource-parser';
import { StackFailure } from '../../../../infra/stack/index.mjs';

export interface ReceivedAlert extends Alert {
  /** When it was here, ms since the epoch. */
  readonly receivedAt: number;
}

export interface AlertListener {
  /** Of this run, in order of arrival. */
  readonly alerts: readonly ReceivedAlert[];
  close(): void;
}

export interface AlertListenerOptions {
  readonly gatewayUrl: string;
  readonly agentKey: string;
  /** Alerts about others are left out. */
  readonly isOurs: (customerId: string) => boolean;
}

/** Listens to the gateway's feed as an agent's screen does. Throws when the gateway refuses. */
export async function openAlertListener(options: AlertListenerOptions): Promise<AlertListener> {
  const closing = new AbortController();
  const response = await fetch(`${options.gatewayUrl}/v1/alerts`, {
    headers: { 'x-api-key': options.agentKey, accept: 'text/event-stream' },
    signal: closing.signal,
  });
  if (!response.ok || !response.body) throw new StackFailure(`the alert feed answers ${response.status}`);
  const alerts: ReceivedAlert[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event !== 'alert') return;
      const alert = JSON.parse(data) as Alert;
      if (options.isOurs(alert.customerId)) alerts.push({ ...alert, receivedAt: Date.now() });
    },
  });
  void collect(response.body, parser, closing.signal);
  return { alerts, close: () => closing.abort() };
}

async function collect(
  body: ReadableStream<Uint8Array>,
  parser: ReturnType<typeof createParser>,
  closed: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  } catch (error) {
    // A gateway that goes away ends the feed; what is missing then shows in the figures.
    if (!closed.aborted && !(error instanceof TypeError)) throw error;
  }
}
