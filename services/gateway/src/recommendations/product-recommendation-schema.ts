import { z } from 'zod';
import { ID } from './recommendation-schema.ts';

/** TMF680 v4.0.0 as `TMF680_Recommendation_Management_API_v4.0.0_swagger.json` has it, with bounds. */

const TEXT = z.string().max(512);
const LIST = 50;
const EXTENSION = {
  '@baseType': TEXT.optional(),
  '@schemaLocation': TEXT.optional(),
  '@type': TEXT.optional(),
};
const REFERENCE = {
  id: ID,
  href: TEXT.optional(),
  name: TEXT.optional(),
  ...EXTENSION,
  '@referredType': TEXT.optional(),
};

const reference = z.object(REFERENCE);
const itemReference = z.object({
  entityHref: TEXT.optional(),
  entityId: TEXT.optional(),
  itemId: TEXT.optional(),
  name: TEXT.optional(),
  ...EXTENSION,
  '@referredType': TEXT.optional(),
});
const relatedParty = z
  .object({ ...REFERENCE, role: TEXT.optional(), '@referredType': TEXT.default('Customer') })
  .describe('the customer: his id, with the role customer');
const place = z.object({
  ...REFERENCE,
  id: ID.optional(),
  role: TEXT,
});
const characteristic = z.object({
  id: TEXT.optional(),
  name: TEXT,
  valueType: TEXT.optional(),
  value: z.union([z.string().max(512), z.number(), z.boolean()]),
  ...EXTENSION,
});
const offering = reference.describe('its id is the id of an offer');
const item = z.object({
  id: TEXT.optional(),
  priority: z.int().min(0).max(1_000).optional(),
  product: z.object({ id: TEXT.optional(), name: TEXT.optional(), productOffering: offering.optional(), ...EXTENSION }),
  productOffering: offering.optional(),
  ...EXTENSION,
});

export const CREATE = z.object({
  description: TEXT.optional(),
  instantSyncRecommendation: z.boolean().optional().describe('false: answered at once with 202, made beside it'),
  name: TEXT.optional(),
  recommendationType: TEXT.optional(),
  category: z.array(z.object(REFERENCE)).max(LIST).optional().describe('only offers of these categories'),
  channel: z.array(reference).max(LIST).optional().describe('the first is the one on which the customer is there'),
  place: place.optional(),
  productOrder: z.array(reference).max(LIST).optional(),
  productOrderItem: z
    .array(itemReference)
    .max(LIST)
    .optional()
    .describe('what he ordered: itemId is the id of an offer'),
  recommendationItem: z.array(item).max(LIST).optional().describe('what he asked about: it comes first'),
  relatedParty: relatedParty.optional(),
  shoppingCart: z.array(reference).max(LIST).optional(),
  shoppingCartItem: z.array(itemReference).max(LIST).optional().describe('what he has: itemId is the id of an offer'),
  state: z.enum(['accepted', 'terminatedWithError', 'inProgress', 'done']).optional(),
  characteristic: z
    .array(characteristic)
    .max(LIST)
    .optional()
    .describe('extension: reason (code of the reason of the call), language, maximum, includeLost, requestId'),
  ...EXTENSION,
});
export type CreateBody = z.output<typeof CREATE>;

const anything = z.unknown();
const given = z.object({ ...EXTENSION, name: z.string(), valueType: z.string().optional(), value: anything });
const period = z.object({ startDateTime: z.iso.datetime().optional(), endDateTime: z.iso.datetime().optional() });
const givenItem = z.object({
  id: z.string().describe('the contact id, under which outcomes come back'),
  priority: z.int().describe('1 is to be offered first'),
  product: z.object({
    name: z.string(),
    productCharacteristic: z.array(given).describe('script, reason, evidence, expectedValue, propensity and the rest'),
    productTerm: z.array(z.object({ name: z.string(), validFor: period })),
    ...EXTENSION,
  }),
  productOffering: reference,
  ...EXTENSION,
});

export const RESOURCE = CREATE.omit({ recommendationItem: true }).extend({
  id: z.string(),
  href: z.string(),
  recommendationItem: z.array(givenItem).optional(),
  validFor: period.optional(),
  characteristic: z.array(given).optional(),
});
export type Resource = z.output<typeof RESOURCE>;

/** The same with a part of its fields. */
export const PARTIAL = RESOURCE.partial().required({ id: true, href: true });
