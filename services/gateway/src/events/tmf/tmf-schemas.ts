import { z } from 'zod';

const MAX_LIST = 100;

const text = z.string().max(1_024);
/** Half of a surrogate pair has no bytes: two ids would become one. */
const identifier = z
  .string()
  .min(1)
  .max(128)
  .refine((id) => id.isWellFormed(), 'has half of a surrogate pair');
const time = z.iso.datetime({ offset: true });
const money = z.looseObject({ unit: z.string().max(16).optional(), value: z.number().optional() });
const list = <T extends z.ZodType>(items: T) => z.array(items).max(MAX_LIST);
const party = z.looseObject({
  id: identifier,
  role: text.optional(),
  '@referredType': text.describe('Such as Customer.'),
});
const characteristic = z.looseObject({ name: z.string().min(1).max(128), value: z.unknown() });
const described = { '@type': text.optional(), '@baseType': text.optional(), '@schemaLocation': text.optional() };

const ratedProductUsage = z.looseObject({
  productRef: z.looseObject({ id: identifier }).optional().describe('The line.'),
  isTaxExempt: z.boolean().optional(),
  taxIncludedRatingAmount: money.optional(),
  taxExcludedRatingAmount: money.optional(),
});

/** TMF635 v4 `Usage_Create`, bounded; what is not named here is taken and not looked at. */
export const usageCreate = z
  .looseObject({
    id: identifier.optional().describe('Stays the same when the usage is sent again.'),
    description: text.optional(),
    usageDate: time.optional(),
    usageType: z.string().min(1).max(128).optional(),
    status: z.enum(['received', 'rejected', 'recycled', 'guided', 'rated', 'rerated', 'billed']).optional(),
    relatedParty: list(party).optional(),
    ratedProductUsage: list(ratedProductUsage).optional(),
    usageCharacteristic: list(characteristic).optional(),
    ...described,
  })
  .describe('TMF635 v4 Usage_Create.');
export type UsageCreate = z.infer<typeof usageCreate>;

/** TMF635 v4 `Usage`: what was sent, with its id. */
export const usage = usageCreate.extend({ id: identifier });

const product = z.looseObject({
  id: identifier.optional().describe('The line.'),
  // `aborted ` is how the interface writes it.
  status: z
    .enum([
      'created',
      'pendingActive',
      'cancelled',
      'active',
      'pendingTerminate',
      'terminated',
      'suspended',
      'aborted',
      'aborted ',
    ])
    .optional(),
  relatedParty: list(party).optional(),
  productCharacteristic: list(characteristic).optional(),
  productOffering: z.looseObject({ id: identifier }).optional(),
  productPrice: list(
    z.looseObject({
      priceType: text,
      recurringChargePeriod: text.optional(),
      price: z.looseObject({ taxIncludedAmount: money.optional() }),
    }),
  ).optional(),
  productTerm: list(z.looseObject({ validFor: z.looseObject({ endDateTime: time.optional() }).optional() })).optional(),
  place: list(z.looseObject({ id: identifier.optional(), role: text })).optional(),
  ...described,
});
export type Product = z.infer<typeof product>;

/** The notifications of TMF637 v4, bounded; what is not named here is taken and not looked at. */
export const productEvent = z
  .looseObject({
    eventId: identifier.optional().describe('Stays the same when the notification is sent again.'),
    eventTime: time.optional(),
    eventType: text.optional(),
    fieldPath: text.optional().describe('What changed: productOffering or place.'),
    event: z.looseObject({ product: product.optional() }).optional(),
  })
  .describe('A notification of TMF637 v4.');
export type ProductEvent = z.infer<typeof productEvent>;

/** TMF637 v4 `EventSubscription`, with which a listener answers. */
export const eventSubscription = z.object({ id: identifier, callback: text, query: text.optional() });
