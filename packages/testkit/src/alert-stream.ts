import { createParser } from 'eventsource-parser';

/** An alert as an agent's screen receives it. */
export interface ReceivedAlert {
  readonly id: string;
  readonly contactId: string;
  readonly customerId: string;
  readonly play: string;
  readonly offer: string;
  readonly reason: string;
  readonly script: string;
  readonly receivedAtMs: number;
}

/** The gateway's feed, collected from the moment the connection stands. */
export interface AlertStream {
  readonly alerts: readonly ReceivedAlert[];
  close(): void;
}

/** Opens the feed; resolves once the gateway has answered. Throws when it refuses. */
export async function openAlertStream(
  gatewayUrl: string,
  agentKey: string,
  lastEventId?: string,
): Promise<AlertStream> {
  const closing = new AbortController();
  const response = await fetch(`${gatewayUrl}/v1/alerts`, {
    headers: { authorization: `Bearer ${agentKey}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    signal: closing.signal,
  });
  if (!response.ok || !response.body) throw new Error(`the feed answers ${response.status}: ${await response.text()}`);
  const alerts: ReceivedAlert[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => {
      const alert = JSON.parse(data) as Omit<ReceivedAlert, 'id' | 'receivedAtMs'>;
      alerts.push({ ...alert, id: id ?? '', receivedAtMs: Date.now() });
    },
  });
  void collect(response.body, parser, closing.signal);
  return { alerts, close: () => closing.abort() };
}

async function collect(
  body: ReadableStream<Uint8Array>,
  parser: ReturnType<typeof createParser>,
  closing: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      // Read before it was closed, and not in the list by then: whoever comes back asks for it again.
      if (closing.aborted) return;
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } catch (error) {
    // The test closed the stream, or the gateway went away; what came until then is there.
    if (!(error instanceof Error)) throw error;
  }
}
