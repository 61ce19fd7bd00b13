import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { LogRecord, ProducedMessage } from '@holdfast/engine';
import { KIND_HEADER } from './init-records.ts';

/** Kind of a control record that erases a customer. */
export const ERASURE_KIND = 'erasure';

export type Unsealed =
  | { readonly kind: 'erasure'; readonly entityId: string }
  /** It cannot be opened by anybody. */
  | { readonly kind: 'poison'; readonly code: string; readonly message: string }
  /** Another key is needed. */
  | { readonly kind: 'retry'; readonly message: string };

/** What is remembered of an erased customer, for those who have the key of the installation. */
export interface CustomerSeal {
  /** The record that erases a customer: his id is in it encrypted, and different each time. */
  seal(customerId: string): ProducedMessage;
  /** Keyed hash of an id, `key name.hash`: equal for equal ids. */
  markOf(customerId: string): string;
  open(record: Pick<LogRecord, 'value'>): Unsealed;
}

/** Shortest secret that is one, characters. */
export const MIN_SECRET_LENGTH = 32;

const FORMAT = 1;
const NAME_BYTES = 6;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const HEAD_BYTES = 1 + NAME_BYTES + NONCE_BYTES;
/** 128 bits of the keyed hash: two customers of one shard will never meet. */
const MARK_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** `secret` is shared by all who erase and all who serve; who has lost it cannot serve shards that remember somebody. */
export function createCustomerSeal(secret: string): CustomerSeal {
  const key = derive(secret, 'seal');
  const markKey = derive(secret, 'mark');
  const name = createHash('sha256').update(derive(secret, 'name')).digest().subarray(0, NAME_BYTES);
  return {
    seal(customerId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const sealed = Buffer.concat([cipher.update(customerId, 'utf8'), cipher.final()]);
      const value = Buffer.concat([Buffer.from([FORMAT]), name, nonce, sealed, cipher.getAuthTag()]);
      return { key: null, value, headers: { [KIND_HEADER]: Buffer.from(ERASURE_KIND) } };
    },
    markOf(customerId) {
      const hash = createHmac('sha256', markKey).update(customerId).digest().subarray(0, MARK_BYTES);
      return `${name.toString('base64url')}.${hash.toString('base64url')}`;
    },
    open({ value }) {
      if (!value || value.length <= HEAD_BYTES + TAG_BYTES || value[0] !== FORMAT) {
        return poison('the record of an erasure is malformed; erase the customer again');
      }
      if (!value.subarray(1, 1 + NAME_BYTES).equals(name)) return retry('is not the key an erasure was sealed with');
      return unseal(key, value);
    },
  };
}

/** What a process needs to fold erasures. Without a secret it waits at the first one: none is ever passed over. */
export function erasureWith(secret: string | undefined): Pick<CustomerSeal, 'open'> & Partial<CustomerSeal> {
  if (secret !== undefined) return createCustomerSeal(secret);
  return { open: () => retry('is not set, and a customer is to be erased') };
}

function unseal(key: Buffer, value: Buffer): Unsealed {
  const decipher = createDecipheriv(CIPHER, key, value.subarray(1 + NAME_BYTES, HEAD_BYTES));
  decipher.setAuthTag(value.subarray(value.length - TAG_BYTES));
  try {
    const opened = [decipher.update(value.subarray(HEAD_BYTES, value.length - TAG_BYTES)), decipher.final()];
    return { kind: 'erasure', entityId: Buffer.concat(opened).toString('utf8') };
  } catch {
    return poison('the record of an erasure was changed after it was sealed; erase the customer again');
  }
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `holdfast erasure ${purpose}`, KEY_BYTES));
}

function poison(message: string): Unsealed {
  return { kind: 'poison', code: 'erasure-unreadable', message };
}

function retry(what: string): Unsealed {
  return { kind: 'retry', message: `HOLDFAST_ERASURE_KEY ${what}` };
}
