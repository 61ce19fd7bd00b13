import { errorMessage } from '@holdfast/observability';
import type { RecommendationStore } from '@holdfast/redis';
import {
  type CustomerPlace,
  type Recommendation,
  type RecommendationContext,
  type Recommended,
  recommend,
  withDecidedReasons,
} from '@holdfast/telecom';
import type { CustomerReader, KnownCustomer } from '../customers/customer-reader.ts';
import type { KeptDecisions } from '../customers/kept-decisions.ts';
import type { Sight } from '../security/sight.ts';
import type { CreateBody } from './product-recommendation-schema.ts';

/** Who asks, and what he sees. */
export interface Asker {
  readonly agent: string;
  readonly sight: Sight;
  /** Notes that a customer is looked at. Rejects when it cannot be noted. */
  audit(action: string, customerId: string): Promise<void>;
}

export interface Question extends Omit<RecommendationContext, 'requestId' | 'nowMs' | 'agent'> {
  readonly customerId: string;
  /** Names the request to whoever asks; the same again gives the same contact ids. */
  readonly requestId?: string | undefined;
  /** Whether the answer has the candidates that were not taken. */
  readonly isWithLost: boolean;
}

export type RecommendationAnswer =
  | { readonly kind: 'recommended'; readonly given: GivenRecommendation }
  /** There is no such customer, or he is not this asker's to see. */
  | { readonly kind: 'absent' }
  /** `why` is for the log. */
  | { readonly kind: 'away'; readonly why: string };

/** A recommendation as it is kept. */
export interface GivenRecommendation {
  readonly id: string;
  readonly customerId: string;
  /** The request in TM Forum's form, which the resource repeats; null where it was put by the short route. */
  readonly request: CreateBody | null;
  readonly state: 'inProgress' | 'done' | 'terminatedWithError';
  readonly createdAt: number;
  /** Undefined unless it is done. */
  readonly recommendation?: Recommendation;
  /** Undefined while nobody looked at the customer. */
  readonly place?: CustomerPlace;
}

export interface RecommendingDeps {
  readonly reader: Pick<CustomerReader, 'read'>;
  readonly decisions: KeptDecisions;
  readonly store: Pick<RecommendationStore, 'save' | 'find' | 'list' | 'findByContact'>;
  nowMs(): number;
}

/** What an event about a recommended action says of it. */
export interface RecommendedContact {
  readonly campaign: string;
  readonly offer: string;
  readonly category: string;
  readonly channel: string;
  readonly arm: string;
  readonly sendAt: number;
  /** Of the customer when it was recommended: what comes of it is learnt under it. */
  readonly segment: string;
  /** With which it was chosen; null where it was shown beside what was chosen. */
  readonly probability: number | null;
}

export interface Recommending {
  /** Reads, decides, notes who looked, and keeps what was recommended. Never rejects. */
  recommend(id: string, question: Question, asker: Asker, request?: CreateBody): Promise<RecommendationAnswer>;
  /** Keeps one that is still to be made, or that came to nothing. Rejects when it cannot be kept. */
  keep(given: GivenRecommendation, asker: Pick<Asker, 'agent'>): Promise<void>;
  /** One that this asker may see; noted. Rejects when it cannot be read or noted. */
  find(id: string, asker: Asker, seesAll: boolean): Promise<GivenRecommendation | undefined>;
  /** What he asked for, the newest first; noted. Rejects when it cannot be read or noted. */
  list(
    asker: Asker,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly total: number; readonly page: readonly GivenRecommendation[] }>;
  /** What was recommended to somebody under a contact id, in the last day. Rejects when it cannot be read. */
  contact(customerId: string, contactId: string): Promise<RecommendedContact | undefined>;
}

export function createRecommending({ reader, decisions, store, nowMs }: RecommendingDeps): Recommending {
  async function keep(given: GivenRecommendation, { agent }: Pick<Asker, 'agent'>): Promise<void> {
    const { id, customerId, createdAt, recommendation } = given;
    const contactIds = recommendation?.actions.map(({ contactId }) => contactId) ?? [];
    await store.save({ id, askedBy: agent, customerId, json: JSON.stringify(given), contactIds, nowMs: createdAt });
  }

  /** Decisions are read where a reason is theirs alone to tell. Those that cannot be read leave it as it is. */
  async function saidInFull(recommended: Recommended, { customerId, partition }: KnownCustomer) {
    if (recommended.unsaid.length === 0) return recommended.recommendation;
    return withDecidedReasons(recommended, (await decisions(customerId, partition)) ?? []);
  }

  async function answer(
    id: string,
    question: Question,
    asker: Asker,
    request: CreateBody | null,
  ): Promise<RecommendationAnswer> {
    const { customerId, isWithLost, requestId = id, ...asked } = question;
    const found = await reader.read(customerId);
    if (found.kind !== 'found') return found;
    const createdAt = nowMs();
    const context = { ...asked, requestId, nowMs: createdAt, agent: asker.agent };
    const recommended = recommend(found.customer, context);
    const { place } = recommended;
    if (!asker.sight.customer(place)) return { kind: 'absent' };
    const recommendation = await saidInFull(recommended, found.customer);
    const shown = isWithLost ? recommendation : { ...recommendation, lost: [] };
    const given: GivenRecommendation = {
      ...{ id, customerId, request, state: 'done', createdAt, recommendation: shown, place },
    };
    await Promise.all([asker.audit('recommendation.create', customerId), keep(given, asker)]);
    return { kind: 'recommended', given };
  }

  return {
    async recommend(id, question, asker, request) {
      try {
        return await answer(id, question, asker, request ?? null);
      } catch (error) {
        return { kind: 'away', why: errorMessage(error) };
      }
    },
    keep,
    async find(id, asker, seesAll) {
      const stored = await store.find(id);
      if (stored === undefined || (stored.askedBy !== asker.agent && !seesAll)) return undefined;
      const given = JSON.parse(stored.json) as GivenRecommendation;
      if (!isSeen(given, asker)) return undefined;
      await asker.audit('recommendation.read', given.customerId);
      return given;
    },
    async list(asker, wanted) {
      const { total, page } = await store.list(asker.agent, wanted);
      const given = page.map(({ json }) => JSON.parse(json) as GivenRecommendation);
      const seen = given.filter((one) => isSeen(one, asker));
      const customers = new Set(seen.map(({ customerId }) => customerId));
      await Promise.all([...customers].map((customerId) => asker.audit('recommendation.read', customerId)));
      return { total, page: seen };
    },
    async contact(customerId, contactId) {
      const stored = await store.findByContact(contactId);
      const given = stored && (JSON.parse(stored.json) as GivenRecommendation);
      if (given?.customerId !== customerId) return undefined;
      const { recommendation, createdAt: sendAt } = given;
      const action = recommendation?.actions.find((one) => one.contactId === contactId);
      if (recommendation === undefined || action === undefined) return undefined;
      const { campaign, offer, category, channel, probability } = action;
      const { segment } = recommendation;
      // Who is a control was recommended nothing of the campaign.
      return { campaign, offer, category, channel, arm: 'treated', sendAt, segment, probability };
    },
  };
}

/** What nobody looked at says nothing of the customer but the id that whoever asked had. */
function isSeen({ place }: GivenRecommendation, { sight }: Asker): boolean {
  return place === undefined || sight.customer(place);
}
