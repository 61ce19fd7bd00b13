import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveThrough, type Neglect } from '../test/market-life.ts';
import { brokenPromises } from '../test/market-promises.ts';
import { lives } from '../test/market-turns.ts';
import type { Market } from '../test/random-market.ts';

describe('whatever happens to whomever under whatever policy', () => {
  it('what the shards decide and hold open breaks no promise', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        expect([...brokenPromises(life, await liveThrough(life))]).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('who judges the life of a market', () => {
  const written = (fields: Partial<Market>): Neglect => ({ market: (market) => ({ ...market, ...fields }) });
  const sample = fc.sample(lives, { numRuns: 60, seed: 7 });

  it.each<[string, Neglect]>([
    ['cap', written({ caps: [] })],
    ['gap', written({ gapHours: 0 })],
    ['cool-down', written({ cooldownHours: 0 })],
    ['acceptance', written({ acceptanceHours: 0 })],
    ['rejections', written({ rejections: undefined })],
    ['quiet', written({ quiet: [] })],
    ['vulnerable', written({ spokenTo: ['sms', 'email', 'call-centre'] })],
    ['holdout', written({ holdout: 0 })],
    ['budget', { market: unbudgeted }],
    ['capacity', { hasNoMemory: true }],
    ['consent', { deafTo: 'ConsentChanged' }],
    ['excluded', { deafTo: 'ExclusionSet' }],
    ['complaint', { deafTo: 'ComplaintFiled' }],
    ['open', { deafTo: 'DeliveryReported' }],
    ['one decision', { isForgetful: true }],
  ])('notices when %s is neglected', async (promise, neglect) => {
    for (const life of sample) {
      if (brokenPromises(life, await liveThrough(life, neglect)).has(promise)) return;
    }
    expect.unreachable(`no life of ${sample.length} broke it`);
  });
});

function unbudgeted(market: Market): Market {
  const campaigns = Object.entries(market.campaigns).map(([id, campaign]) => [id, { ...campaign, budget: undefined }]);
  return { ...market, campaigns: Object.fromEntries(campaigns) };
}
