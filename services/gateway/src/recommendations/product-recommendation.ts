import type { Recommendation, RecommendedAction } from '@holdfast/telecom';
import type { z } from 'zod';
import { invalidRequest, type Problem } from '../http/problem.ts';
import type { CreateBody, Resource } from './product-recommendation-schema.ts';
import { NOT_NAMED } from './recommendation-problems.ts';
import { DEFAULTS, ID, LANGUAGE, MOST, REASON } from './recommendation-schema.ts';
import type { GivenRecommendation, Question } from './recommending.ts';

/** Names what is here beyond the standard. */
const SCHEMA_LOCATION = 'urn:holdfast:schema:product-recommendation:1';
const EXTENDED = {
  '@type': 'HoldfastProductRecommendation',
  '@baseType': 'QueryProductRecommendation',
  '@schemaLocation': SCHEMA_LOCATION,
};
const EXTENDED_ITEM = {
  '@type': 'HoldfastRecommendationItem',
  '@baseType': 'RecommendationItem',
  '@schemaLocation': SCHEMA_LOCATION,
};

export type ReadQuestion =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What a `QueryProductRecommendation_Create` asks. */
export function questionOf(body: CreateBody): ReadQuestion {
  const { relatedParty, channel, category = [], shoppingCartItem = [], productOrderItem = [] } = body;
  if (relatedParty === undefined || (relatedParty.role ?? 'customer').toLowerCase() !== 'customer') {
    return { kind: 'problem', problem: NOT_NAMED };
  }
  const told = toldCharacteristics(body);
  if (told.kind === 'problem') return told;
  const { reason = '', language, maximum = DEFAULTS.most, includeLost = false, requestId } = told.values;
  return {
    kind: 'question',
    question: {
      customerId: relatedParty.id,
      requestId,
      channel: channel?.[0]?.id ?? DEFAULTS.channel,
      reason,
      language,
      inHand: [...shoppingCartItem, ...productOrderItem].flatMap(({ itemId, name }) => [itemId ?? name ?? []].flat()),
      askedFor: (body.recommendationItem ?? []).flatMap(({ productOffering, product }) =>
        [productOffering?.id ?? product.productOffering?.id ?? product.id ?? []].flat(),
      ),
      categories: category.map(({ id }) => id),
      most: maximum,
      isWithLost: includeLost,
    },
  };
}

interface Told {
  reason?: string;
  language?: string;
  maximum?: number;
  includeLost?: boolean;
  requestId?: string;
}

/** Checked by what the same field of the short route may be. */
function toldCharacteristics({
  characteristic = [],
}: CreateBody): { readonly kind: 'told'; readonly values: Told } | Extract<ReadQuestion, { kind: 'problem' }> {
  const values: Told = {};
  for (const { name, value } of characteristic) {
    if (name === 'includeLost') values.includeLost = value === true || value === 'true';
    const checker = CHECKS[name];
    if (checker === undefined) continue;
    const checked = checker.safeParse(name === 'maximum' ? Number(value) : value);
    if (!checked.success) {
      const problem = invalidRequest(`body/characteristic: ${name}: ${checked.error.issues[0]?.message ?? 'invalid'}`);
      return { kind: 'problem', problem };
    }
    Object.assign(values, { [name]: checked.data });
  }
  return { kind: 'told', values };
}

const CHECKS: Readonly<Record<string, z.ZodType>> = {
  reason: REASON,
  language: LANGUAGE,
  maximum: MOST,
  requestId: ID,
};

/** The resource as it is answered; `href` begins with the address of the collection. */
export function resourceOf(given: GivenRecommendation, collection: string): Resource {
  const { id, recommendation, state, request } = given;
  const { recommendationItem: _, characteristic, state: __, ...asked } = request ?? askedFor(given);
  const said = recommendation ? saidOf(recommendation) : [];
  return {
    ...asked,
    id,
    href: `${collection}/${id}`,
    ...EXTENDED,
    state,
    ...(recommendation && {
      recommendationItem: recommendation.actions.map((action, place) => itemOf(action, place + 1, recommendation)),
      validFor: periodOf(recommendation.decidedAt, endOf(recommendation)),
    }),
    characteristic: [...(characteristic ?? []), ...said],
  };
}

/** Who asked by the short route said no more that the resource has. */
function askedFor({ customerId }: GivenRecommendation): CreateBody {
  return { relatedParty: { id: customerId, role: 'customer', '@referredType': 'Customer' } };
}

function saidOf({ requestId, decidedAt, asOfMs, lastEventAt, policyVersion, serviceFirst, ...rest }: Recommendation) {
  return characteristics({
    decidedAt: instant(decidedAt),
    asOf: instant(asOfMs),
    ...(lastEventAt === null ? {} : { lastEventAt: instant(lastEventAt) }),
    request: requestId,
    policyVersion,
    spokenLanguage: rest.language,
    ...(serviceFirst === null ? {} : { serviceFirst }),
    segment: rest.segment,
    exclusions: rest.exclusions,
    ...(rest.lost.length === 0 ? {} : { lost: rest.lost }),
  });
}

function itemOf(action: RecommendedAction, priority: number, { currency, decidedAt }: Recommendation) {
  const { contactId, offer, title, validUntil, expectedValueMinor, probability, ...told } = action;
  return {
    id: contactId,
    priority,
    product: {
      name: title,
      productCharacteristic: characteristics({
        ...{ contactId, ...told },
        ...(probability === null ? {} : { probability }),
        expectedValue: { unit: currency, value: expectedValueMinor / minorPerMajor(currency) },
      }),
      productTerm: [{ name: 'validity', validFor: periodOf(decidedAt, validUntil) }],
      '@type': 'Product',
    },
    productOffering: { id: offer, name: title, '@type': 'ProductOfferingRef', '@referredType': 'ProductOffering' },
    ...EXTENDED_ITEM,
  };
}

function characteristics(values: Readonly<Record<string, unknown>>) {
  return Object.entries(values).map(([name, value]) => ({ name, valueType: valueType(value), value }));
}

function valueType(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

const DAY_MS = 86_400_000;

/** As long as the first of its actions holds, and no longer than it is kept. */
function endOf({ decidedAt, actions }: Recommendation): number {
  return Math.min(decidedAt + DAY_MS, ...actions.map(({ validUntil }) => validUntil));
}

function periodOf(startMs: number, endMs: number) {
  return { startDateTime: instant(startMs), endDateTime: instant(endMs) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

const SCALES = new Map<string, number>();

/** As policies write amounts: by the digits that the currency has. */
function minorPerMajor(currency: string): number {
  const known = SCALES.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits = 2 } =
    currency === '' ? {} : new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  const scale = 10 ** maximumFractionDigits;
  SCALES.set(currency, scale);
  return scale;
}
