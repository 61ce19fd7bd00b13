import { Agent, request } from 'node:http';

/** What a client of the work list saw: an item he was given while another had it, or an answer nobody should get. */
export interface RaceResult {
  readonly claims: number;
  readonly finished: number;
  readonly laidDown: number;
  readonly faults: readonly string[];
  /** Of each claim, ms. */
  readonly claimMs: readonly number[];
}

export interface RaceOptions {
  /** Gateways, asked in turn. */
  readonly ports: readonly number[];
  readonly clients: number;
  readonly key: string;
  readonly desk: string;
  /** One in so many items is laid down instead of finished. */
  readonly layDownEvery: number;
  /** Ends the race though items are left. */
  readonly untilMs?: number;
}

/** One in so many items is held for a while, so that a second holder would be seen beside the first. */
const RENEW_EVERY = 4;

/**
 * Agents who take the next item and finish it, or lay it down, as fast as they are answered, until nothing is free. Each
 * item is noted when its claim is answered and struck out before it is given back, so a second holder is seen at once.
 */
export async function raceForWork(options: RaceOptions): Promise<RaceResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const held = new Map<string, string>();
  const faults: string[] = [];
  const claimMs: number[] = [];
  let [claims, finished, laidDown] = [0, 0, 0];
  const work = async (name: string, port: number) => {
    const post = (path: string, body: object) => call({ agent, port, path, key: options.key, name }, body);
    while (performance.now() < (options.untilMs ?? Number.POSITIVE_INFINITY)) {
      const beganMs = performance.now();
      const given = await post('/v1/work-items/claim-next', { desks: [options.desk] });
      if (given.status === 204) return;
      claimMs.push(performance.now() - beganMs);
      const { id } = JSON.parse(given.text) as { readonly id: string };
      if (given.status !== 200) return void faults.push(`a claim was answered with ${given.status}: ${given.text}`);
      claims += 1;
      const other = held.get(id);
      if (other !== undefined) faults.push(`${id} was given to ${name} while ${other} had it`);
      held.set(id, name);
      const isLaidDown = claims % options.layDownEvery === 0;
      if (claims % RENEW_EVERY === 0) {
        const renewed = await post(`/v1/work-items/${id}/renew`, {});
        if (renewed.status !== 200) faults.push(`a holder's renewal was answered with ${renewed.status}`);
      }
      held.delete(id);
      const path = `/v1/work-items/${id}/${isLaidDown ? 'release' : 'finish'}`;
      const ended = await post(path, isLaidDown ? {} : { outcome: 'accepted' });
      if (ended.status !== 200) faults.push(`${path} was answered with ${ended.status}: ${ended.text}`);
      else if (isLaidDown) laidDown += 1;
      else finished += 1;
    }
  };
  const { ports } = options;
  await Promise.all(
    Array.from({ length: options.clients }, (_, index) => work(`agent-${index}`, ports[index % ports.length] ?? 0)),
  );
  agent.destroy();
  return { claims, finished, laidDown, faults, claimMs };
}

interface Target {
  readonly agent: Agent;
  readonly port: number;
  readonly path: string;
  readonly key: string;
  readonly name: string;
}

function call({ agent, port, path, key, name }: Target, body: object) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const headers = { 'x-api-key': key, 'x-holdfast-agent': name, 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
