import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Keeps secrets unreadable for whoever reads the store. */
export interface SecretBox {
  /** `context` must be given again to open it: a sealed text moved elsewhere stays shut. */
  seal(secret: string, context: string): string;
  /** Undefined when no key opens it. */
  open(sealed: string, context: string): string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type ParsedBoxKeys =
  | { readonly ok: true; readonly keys: readonly Buffer[] }
  | { readonly ok: false; readonly problem: string };

/** Reads one key of 32 bytes in base64, or several, comma-separated. Problems never repeat the text. */
export function parseBoxKeys(text: string): ParsedBoxKeys {
  const keys = text.split(',').map((part) => Buffer.from(part.trim(), 'base64'));
  if (keys.every((key) => key.length === KEY_BYTES)) return { ok: true, keys };
  return { ok: false, problem: `must be ${KEY_BYTES} random bytes in base64 (openssl rand -base64 ${KEY_BYTES})` };
}

/** AES-256-GCM. The first key seals; the others still open what they sealed, so that keys can be changed. */
export function createSecretBox(keys: readonly [Buffer, ...Buffer[]]): SecretBox {
  return {
    seal(secret, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, keys[0], nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      for (const key of keys) {
        const opened = openWith(key, bytes, context);
        if (opened !== undefined) return opened;
      }
      return undefined;
    },
  };
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | undefined {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
    const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(opened).toString('utf8');
  } catch {
    return undefined;
  }
}

const PREFIX = 'whsec_';

/** A new secret as Standard Webhooks has them: 32 random bytes. */
export function newSecret(): string {
  return PREFIX + randomBytes(KEY_BYTES).toString('base64');
}

/** Whether it is base64 of 24 to 64 bytes, as Standard Webhooks asks for, with or without its prefix. */
export function isSecret(text: string): boolean {
  const body = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const { length } = Buffer.from(body, 'base64');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(body) && length >= 24 && length <= 64;
}
