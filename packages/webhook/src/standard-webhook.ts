import { Webhook } from 'standardwebhooks';

/** Signs and verifies by Standard Webhooks 1.0 (symmetric signatures, `v1`). */
export interface WebhookSigner {
  /** Headers of a message sent at `atMs`; one signature per secret, so that a receiver may change over at leisure. */
  headers(id: string, atMs: number, body: string): Record<string, string>;
  /** Whether a secret signed this body less than five minutes ago. */
  isGenuine(body: string, headers: Readonly<Record<string, string>>): boolean;
}

/** Secrets are base64, with or without `whsec_`; throws for one that is neither. */
export function createWebhookSigner(secrets: readonly string[]): WebhookSigner {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return {
    headers(id, atMs, body) {
      const at = new Date(atMs);
      return {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(atMs / 1_000)),
        'webhook-signature': webhooks.map((webhook) => webhook.sign(id, at, body)).join(' '),
      };
    },
    isGenuine: (body, headers) => webhooks.some((webhook) => verifies(webhook, body, headers)),
  };
}

function verifies(webhook: Webhook, body: string, headers: Readonly<Record<string, string>>): boolean {
  try {
    webhook.verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
