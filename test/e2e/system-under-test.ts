import { startSystem } from '@holdfast/testkit/system';
import { inject } from 'vitest';

/** Where the tests find the product: started for them, or running already (`docker compose up`). */
export interface SystemUnderTest {
  readonly gatewayUrl: string;
  readonly producerKey: string;
  readonly agentKey: string;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  close(): Promise<void>;
}

/** HOLDFAST_E2E_* name a running system, all four of them; else one is started on the run's stack. */
export async function systemUnderTest(environment = process.env): Promise<SystemUnderTest> {
  const { HOLDFAST_E2E_GATEWAY_URL: gatewayUrl, HOLDFAST_E2E_KEYS: keys } = environment;
  const { HOLDFAST_E2E_BROKERS: brokers, HOLDFAST_E2E_REGISTRY_URL: registryUrl } = environment;
  if (gatewayUrl && keys && brokers && registryUrl) {
    const keyOf = (role: string) =>
      keys
        .split(',')
        .find((entry) => entry.startsWith(`${role}:`))
        ?.slice(role.length + 1) ?? '';
    return {
      gatewayUrl,
      producerKey: keyOf('producer'),
      agentKey: keyOf('agent'),
      brokers: brokers.split(','),
      registryUrl,
      close: async () => undefined,
    };
  }
  const stack = inject('stack');
  const { stop, ...system } = await startSystem(stack);
  return { ...system, brokers: stack.brokers, registryUrl: stack.registryUrl, close: stop };
}
