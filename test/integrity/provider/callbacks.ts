import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@holdfast/testkit';
import { share } from './moods.ts';
import type { Arrival, RecordingProviderOptions } from './recording-provider.ts';

/** What a provider reported of a message, and how often it was taken. */
export interface CallbackRecord {
  readonly contactId: string;
  readonly status: 'delivered' | 'failed';
  /** How often it was answered 2xx. */
  taken: number;
  /** The last answer that was none, as an HTTP status; 0 where nobody answered. */
  refusal: number;
}

export interface Callbacks {
  readonly records: readonly CallbackRecord[];
  begin(arrival: Arrival): void;
  settled(): Promise<void>;
  giveUp(): void;
}

type CallbackOptions = Pick<RecordingProviderOptions, 'callbackUrls' | 'token'>;

const FIRST_AFTER_MS = 800;
const AGAIN_AFTER_MS = 500;
const REPEATS_MAX = 3;
const SETTLED_WITHIN_MS = 30_000;

/** Reports each message some time after it was taken, one to three times, and each until somebody takes it. */
export function createCallbacks({ callbackUrls, token }: CallbackOptions): Callbacks {
  const records: CallbackRecord[] = [];
  let open = 0;
  let isOver = false;
  const tell = async ({ channel, contactId, mood }: Arrival) => {
    const status = mood === 'lies about success' ? 'failed' : 'delivered';
    const record: CallbackRecord = { contactId, status, taken: 0, refusal: 0 };
    records.push(record);
    await pause(FIRST_AFTER_MS * share(`callback:${contactId}`));
    const times = 1 + Math.floor(REPEATS_MAX * share(`repeats:${contactId}`));
    const body = JSON.stringify({ contactId, reference: `p-${contactId}`, status });
    for (let turn = 0; record.taken < times && !isOver; turn++) {
      const url = `${callbackUrls[turn % callbackUrls.length]}/callbacks/${channel}`;
      const answered = await post(url, token, body);
      if (answered >= 200 && answered < 300) record.taken += 1;
      else {
        record.refusal = answered;
        await pause(AGAIN_AFTER_MS);
      }
    }
  };
  return {
    records,
    begin(arrival) {
      open += 1;
      void tell(arrival).finally(() => {
        open -= 1;
      });
    },
    settled: () =>
      eventually(
        'every report of the provider taken',
        () => {
          if (open > 0) throw new Error(`${open} are not: ${JSON.stringify(records.find(({ taken }) => taken === 0))}`);
        },
        { withinMs: SETTLED_WITHIN_MS, everyMs: 200 },
      ).catch(() => undefined),
    giveUp() {
      isOver = true;
    },
  };
}

/** The status of the answer; 0 where there is none. */
async function post(url: string, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
