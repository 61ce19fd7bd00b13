import {
  type Carries,
  type CharacteristicTable,
  NOT_USED,
  numberAs,
  readCharacteristics,
  textAs,
  wordAs,
} from './characteristics.ts';
import { type Draft, type Mapped, MappingError, mapped } from './mapped.ts';
import { sumMinor } from './money.ts';
import { customerOf } from './parties.ts';
import type { Product, ProductEvent } from './tmf-schemas.ts';
import { instantOf } from './usage-mapping.ts';

/** What each `productCharacteristic` carries. */
export const PRODUCT_CHARACTERISTICS: CharacteristicTable = {
  productKind: wordAs('product', ['MOBILE', 'BROADBAND', 'FIXED_LINE', 'IPTV', 'CLOUD', 'SECURITY', 'OTHER']),
  dataAllowanceMb: numberAs('dataAllowanceMb'),
  voiceAllowanceMinutes: numberAs('voiceAllowanceMinutes'),
  smsAllowance: numberAs('smsAllowance'),
  cycleDay: numberAs('cycleDay'),
  suspensionCause: wordAs('cause', ['CUSTOMER', 'OVERDUE', 'FRAUD', 'OTHER']),
  terminationReason: textAs('reason'),
  /** Of a product that becomes active: whether it begins or works again. */
  previousStatus: wordAs('previousStatus', ['CREATED', 'PENDINGACTIVE', 'SUSPENDED', 'PENDINGTERMINATE']),
  msisdn: NOT_USED,
  imsi: NOT_USED,
  iccid: NOT_USED,
  imei: NOT_USED,
};

export const PRODUCT_NOTIFICATIONS = [
  'productCreateEvent',
  'productAttributeValueChangeEvent',
  'productStateChangeEvent',
  'productDeleteEvent',
] as const;
export type ProductNotification = (typeof PRODUCT_NOTIFICATIONS)[number];

/** A notification of TMF637 → what happened to the line. */
export function mapProductEvent(name: ProductNotification, notification: ProductEvent, source: string): Mapped {
  return mapped(() => {
    const { product, head } = readHead(name, notification, source);
    switch (name) {
      case 'productCreateEvent':
        return requiredStatus(product) === 'active' ? activated(product, head) : undefined;
      case 'productStateChangeEvent':
        return stateChanged(product, head);
      case 'productAttributeValueChangeEvent':
        return attributeChanged(notification.fieldPath, product, head);
      case 'productDeleteEvent':
        return draft('SubscriptionTerminated', head, ['reason']);
    }
  });
}

/** What every event of a line carries, and the characteristics. */
interface Head extends Carries {
  readonly identity: Readonly<Record<string, unknown>>;
}

function readHead(name: ProductNotification, notification: ProductEvent, source: string) {
  const { eventId, eventTime, eventType, event } = notification;
  if (eventType !== undefined && eventType.toLowerCase() !== name.toLowerCase()) {
    throw new MappingError('contradiction', 'eventType', 'is another one than this address takes', `Send ${name}.`);
  }
  const product = event?.product;
  if (product?.id === undefined) throw missing('event.product.id', 'Send the id of the line.');
  const identity = {
    eventId: eventId ?? raise(missing('eventId', 'Send an id that stays the same when it is sent again.')),
    source,
    occurredAt: instantOf(eventTime, 'eventTime'),
    customerId: customerOf(product.relatedParty ?? [], `${PRODUCT}.relatedParty`),
    subscriptionId: product.id,
  };
  const characteristics = product.productCharacteristic ?? [];
  const carries = readCharacteristics(characteristics, PRODUCT_CHARACTERISTICS, `${PRODUCT}.productCharacteristic`);
  return { product, head: { ...carries, identity } satisfies Head };
}

const PRODUCT = 'event.product';

function requiredStatus({ status }: Product): NonNullable<Product['status']> {
  return status ?? raise(missing(`${PRODUCT}.status`, 'Send the status of the product.'));
}

function stateChanged(product: Product, head: Head): Draft | undefined {
  switch (requiredStatus(product)) {
    case 'active':
      return becameActive(product, head);
    case 'suspended':
      requireCharacteristic(head, 'cause', 'suspensionCause');
      return draft('SubscriptionSuspended', head, ['cause']);
    case 'terminated':
      return draft('SubscriptionTerminated', head, ['reason']);
    default:
      // It has not begun, never will, or is about to end: what follows is another notification.
      return undefined;
  }
}

/** `active` alone does not tell a beginning from a return, and a beginning counts as one. */
function becameActive(product: Product, head: Head): Draft | undefined {
  requireCharacteristic(head, 'previousStatus', 'previousStatus');
  switch (head.values.previousStatus) {
    case 'SUSPENDED':
      return draft('SubscriptionResumed', head, []);
    case 'PENDINGTERMINATE':
      return undefined;
    default:
      return activated(product, head);
  }
}

function activated(product: Product, head: Head): Draft {
  requireCharacteristic(head, 'product', 'productKind');
  const contractEndsAt = contractEnd(product);
  return draft('SubscriptionActivated', head, ['product', 'cycleDay', ...ALLOWANCES], {
    ...planOf(product),
    ...(contractEndsAt !== undefined && { contractEndsAt }),
  });
}

function attributeChanged(fieldPath: string | undefined, product: Product, head: Head): Draft | undefined {
  const field = fieldPath ?? raise(missing('fieldPath', 'Send what changed, such as "productOffering".'));
  switch (changedAttribute(field)) {
    case 'productOffering':
      return draft('PlanChanged', head, ALLOWANCES, planOf(product));
    case 'place':
      return draft('LineMoved', head, [], { addressId: addressOf(product) });
    default:
      return undefined;
  }
}

/** The attribute of the product in a path such as `$.event.product.productOffering.id`. */
function changedAttribute(fieldPath: string): string | undefined {
  const [, attribute] = /^(?:\$\.)?(?:event\.)?(?:product\.)?([A-Za-z]+)/.exec(fieldPath) ?? [];
  return attribute;
}

function addressOf({ place = [] }: Product): string {
  const [address, ...others] = place.flatMap(({ id }) => id ?? []);
  const fix = 'Send the one place where the product is installed, with its id.';
  if (address === undefined) throw missing(`${PRODUCT}.place[0].id`, fix);
  if (others.length > 0) throw new MappingError('contradiction', `${PRODUCT}.place`, 'names several places', fix);
  return address;
}

const ALLOWANCES = ['dataAllowanceMb', 'voiceAllowanceMinutes', 'smsAllowance'];

function planOf(product: Product) {
  const plan = product.productOffering?.id;
  if (plan === undefined) throw missing(`${PRODUCT}.productOffering.id`, 'Send the id of the plan.');
  const { amountMinor, currency } = sumMinor(monthlyFees(product));
  return { plan, monthlyFeeMinor: amountMinor, currency };
}

/** Recurring prices with tax. Prices of another kind are no monthly fee; of another period they would be a wrong one. */
function monthlyFees({ productPrice = [] }: Product) {
  return productPrice.flatMap(({ priceType, recurringChargePeriod, price }, index) => {
    if (priceType.toLowerCase() !== 'recurring') return [];
    const path = `${PRODUCT}.productPrice[${index}]`;
    if (!MONTHLY.has(recurringChargePeriod?.toLowerCase() ?? '')) {
      const fix = 'Send recurring prices by the month: "recurringChargePeriod": "month".';
      throw new MappingError('unknown', `${path}.recurringChargePeriod`, 'is no month', fix);
    }
    const money = price.taxIncludedAmount;
    if (money === undefined) throw missing(`${path}.price.taxIncludedAmount`, 'Send the price with tax.');
    return [{ money, path: `${path}.price.taxIncludedAmount` }];
  });
}

const MONTHLY: ReadonlySet<string> = new Set(['month', 'monthly', '1 month']);

/** The last end of its terms. */
function contractEnd({ productTerm = [] }: Product): number | undefined {
  const ends = productTerm.flatMap(({ validFor }) => validFor?.endDateTime ?? []).map(Date.parse);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** An event with those of the characteristics that it has fields for. */
function draft(
  type: Draft['type'],
  head: Head,
  carried: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Draft {
  const characteristics = Object.fromEntries(
    carried.filter((field) => field in head.values).map((field) => [field, head.values[field]]),
  );
  const places = new Map([...PLACES, ...head.places]);
  return { type, values: { ...head.identity, ...characteristics, ...more }, places };
}

const PLACES: ReadonlyMap<string, string> = new Map([
  ['occurredAt', 'eventTime'],
  ['customerId', `${PRODUCT}.relatedParty`],
  ['subscriptionId', `${PRODUCT}.id`],
  ['plan', `${PRODUCT}.productOffering.id`],
  ['monthlyFeeMinor', `${PRODUCT}.productPrice`],
  ['contractEndsAt', `${PRODUCT}.productTerm`],
  ['addressId', `${PRODUCT}.place`],
]);

function requireCharacteristic({ values }: Head, field: string, name: string): void {
  if (values[field] !== undefined) return;
  const carried = PRODUCT_CHARACTERISTICS[name];
  const expected = carried === undefined || carried === NOT_USED ? 'it' : carried.expected;
  const fix = `Send a productCharacteristic "${name}" with ${expected}.`;
  throw missing(`${PRODUCT}.productCharacteristic`, fix, `has no "${name}"`);
}

function missing(field: string, fix: string, message = 'is missing'): MappingError {
  return new MappingError('missing', field, message, fix);
}

function raise(error: MappingError): never {
  throw error;
}
