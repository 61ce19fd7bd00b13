import { randomBytes } from 'node:crypto';

const ROLES = ['producer', 'agent', 'supervisor', 'operator'] as const;
type Role = (typeof ROLES)[number];
export type Keys = Readonly<Record<Role, string>>;

/** A key for each role, and the gateway's environment that knows them. */
export function keyPerRole(): { readonly keys: Keys; readonly environment: Readonly<Record<string, string>> } {
  const keys = Object.fromEntries(ROLES.map((role) => [role, randomBytes(24).toString('hex')])) as unknown as Keys;
  return { keys, environment: { HOLDFAST_API_KEYS: ROLES.map((role) => `${role}:${keys[role]}`).join() } };
}

export interface FaceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Somebody before a gateway with JSON in his hands. */
export interface FaceClient {
  readonly keys: Keys;
  call(role: Role, method: string, path: string, body?: object, agent?: string): Promise<FaceAnswer>;
}

export function createFaceClient(gatewayUrl: string, { keys }: { readonly keys: Keys }): FaceClient {
  return {
    keys,
    async call(role, method, path, body, agent) {
      const answer = await fetch(gatewayUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${keys[role]}`,
          ...(body && { 'content-type': 'application/json' }),
          ...(agent && { 'x-holdfast-agent': agent }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
    },
  };
}
