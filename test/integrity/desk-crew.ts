import { setTimeout as delay } from 'node:timers/promises';
import type { FaceAnswer, FaceClient } from './face-client.ts';

/** Agents who work as long as they are let, each at one gateway, and what they were told. */
export interface DeskCrew {
  /** Each answer that gave an item to somebody: item and agent. */
  readonly claims: readonly (readonly [itemId: string, agent: string])[];
  /** Who ended an item, by item. Throws once an agent got an answer nobody expected. */
  readonly finished: ReadonlyMap<string, string>;
  /** Answers that said the work list could not be reached. */
  readonly refusals: number;
  /** Lets them go once each has ended what is in hand. */
  dismiss(): Promise<void>;
}

const LEASE_SECONDS = 3_600;
const PAUSE_MS = 50;

/** One agent for each of these gateways; a gateway may be named more than once. */
export function startDeskCrew(gateways: readonly FaceClient[]): DeskCrew {
  const claims: [string, string][] = [];
  const finished = new Map<string, string>();
  let refusals = 0;
  let isDismissed = false;

  const ask = async (face: FaceClient, agent: string, method: string, path: string, body?: object) => {
    for (;;) {
      const answer = await face.call('agent', method, path, body, agent);
      if ([200, 204].includes(answer.status)) return answer;
      if (answer.status !== 503)
        throw new Error(`${agent} at ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      refusals += 1;
      await delay(PAUSE_MS);
    }
  };
  const work = async (face: FaceClient, agent: string) => {
    const finish = async (itemId: string) => {
      await ask(face, agent, 'POST', `/v1/work-items/${itemId}/finish`, { outcome: 'rejected', reason: 'price' });
      finished.set(itemId, agent);
    };
    while (!isDismissed) {
      const claimed = await ask(face, agent, 'POST', '/v1/work-items/claim-next', { leaseSeconds: LEASE_SECONDS });
      if (claimed.status === 200) {
        claims.push([idOf(claimed.body), agent]);
        await finish(idOf(claimed.body));
        continue;
      }
      // An answer that was lost gave him an item as well.
      for (const item of itemsOf(await ask(face, agent, 'GET', '/v1/work-items?owner=me'))) {
        claims.push([idOf(item), agent]);
        await finish(idOf(item));
      }
      await delay(PAUSE_MS);
    }
  };
  const agents = Promise.all(gateways.map((face, i) => work(face, `agent-${i + 1}`)));
  let failure: unknown;
  agents.catch((error: unknown) => {
    failure = error;
  });
  return {
    claims,
    get finished() {
      if (failure !== undefined) throw failure;
      return finished;
    },
    get refusals() {
      return refusals;
    },
    async dismiss() {
      isDismissed = true;
      await agents;
    },
  };
}

type Item = Readonly<Record<string, unknown>>;

function itemsOf({ body }: FaceAnswer): readonly Item[] {
  return body.items as readonly Item[];
}

function idOf({ id }: Item): string {
  return String(id);
}
