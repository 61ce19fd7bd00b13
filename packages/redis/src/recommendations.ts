import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { recommendationKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { connectionOf, type StoreAddress } from './shared-connection.ts';

export interface StoredRecommendation {
  readonly id: string;
  /** Who asked for it. */
  readonly askedBy: string;
  readonly customerId: string;
  readonly json: string;
}

export interface RecommendationStore {
  /** Keeps it, in place of the one of its id; `contactIds` are those of its actions. */
  save(
    recommendation: StoredRecommendation & { readonly contactIds: readonly string[]; readonly nowMs: number },
  ): Promise<void>;
  find(id: string): Promise<StoredRecommendation | undefined>;
  /** The one that an action with this contact id was in. */
  findByContact(contactId: string): Promise<StoredRecommendation | undefined>;
  /** What somebody asked for, the newest first, and how many there are. */
  list(
    askedBy: string,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly total: number; readonly page: readonly StoredRecommendation[] }>;
  /** Lets go of all that were made to a customer; answers how many. */
  forget(customerId: string): Promise<number>;
  close(): Promise<void>;
}

export interface RecommendationStoreOptions extends StoreAddress {
  /** The newest so many are kept, of all who ask. Default 100,000. */
  readonly most?: number;
  /** Default 24 hours. */
  readonly ttlSeconds?: number;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
}

const MOST = 100_000;
const TTL_SECONDS = 24 * 3600;
const TIMEOUT_MS = 5_000;
/**
 * Most are shorter: deflate would gain a few hundred bytes of them and take as long as deciding. Those beyond are compressed by a small
 * window as well, at a third of the time.
 */
const WORTH_DEFLATING_LENGTH = 2_048;
const DEFLATE = { level: constants.Z_BEST_SPEED, windowBits: 12, memLevel: 5 };
/** The fields that hold a body, by how it is written. */
const [TEXT, DEFLATED] = ['text', 'body'];

/** Recommendations that were given, for a day. Calls reject with the client's error when Redis cannot be reached. */
export function createRecommendationStore(options: RecommendationStoreOptions): RecommendationStore {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const { redis, close } = connectionOf(options, { connectMs: TIMEOUT_MS, silenceMs });
  const most = options.most ?? MOST;
  const ttlSeconds = options.ttlSeconds ?? TTL_SECONDS;
  const { prefix, all } = recommendationKeys;

  async function find(id: string): Promise<StoredRecommendation | undefined> {
    const fields = await redis.hmgetBuffer(recommendationKeys.entry(id), 'by', 'of', TEXT, DEFLATED);
    return storedOf(id, fields);
  }

  return {
    async save({ id, askedBy, customerId, json, contactIds, nowMs }) {
      const { entry, by, of } = recommendationKeys;
      const isLong = json.length >= WORTH_DEFLATING_LENGTH;
      const [field, other, body] = isLong ? [DEFLATED, TEXT, deflateRawSync(json, DEFLATE)] : [TEXT, DEFLATED, json];
      const [answer, reason] = await runScript(
        redis,
        SCRIPTS.saveRecommendation,
        [entry(id), all, by(askedBy), of(customerId)],
        [prefix, id, askedBy, customerId, field, other, body, nowMs, ttlSeconds, most, ...contactIds],
      );
      if (String(answer) !== 'OK') throw new Error(`recommendation refused: ${String(reason)}`);
    },
    find,
    async findByContact(contactId) {
      const id = await redis.get(recommendationKeys.contact(contactId));
      return id === null ? undefined : find(id);
    },
    async list(askedBy, { offset, limit }) {
      const key = recommendationKeys.by(askedBy);
      const [total, ids] = await Promise.all([
        redis.zcard(key),
        limit === 0 ? [] : redis.zrevrange(key, offset, offset + limit - 1),
      ]);
      const page = await Promise.all(ids.map(find));
      return { total, page: page.filter((found) => found !== undefined) };
    },
    async forget(customerId) {
      const keys = [recommendationKeys.of(customerId), all];
      const [, count] = await runScript(redis, SCRIPTS.forgetRecommendations, keys, [prefix]);
      return Number(count);
    },
    async close() {
      close();
    },
  };
}

function storedOf(
  id: string,
  [askedBy, customerId, text, deflated]: readonly (Buffer | null)[],
): StoredRecommendation | undefined {
  const json = text ?? (deflated && inflateRawSync(deflated));
  if (!askedBy || !customerId || !json) return undefined;
  return {
    id,
    askedBy: askedBy.toString(),
    customerId: customerId.toString(),
    json: json.toString(),
  };
}
