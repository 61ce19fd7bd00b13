import type { Command } from 'commander';
import { status } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { type Check, describeResults, exitCodeOf, runChecks } from '../doctor/check.ts';
import { machineChecks } from '../doctor/machine.ts';
import { policyChecks } from '../doctor/policy.ts';
import { stackChecks } from '../doctor/stack.ts';
import type { CommandContext } from '../program.ts';

/** `holdfast doctor`: one line per check with a fix; exit code 1 when one failed. */
export function define(command: Command, { out, exit }: CommandContext): void {
  command.option('--json', 'one JSON text instead of lines').action(async ({ json }: { json?: boolean }) => {
    const results = await runChecks(await allChecks(environment.HOLDFAST_POLICY_DIR));
    out(
      json ? `${JSON.stringify({ healthy: exitCodeOf(results) === 0, checks: results })}\n` : describeResults(results),
    );
    exit(exitCodeOf(results));
  });
}

async function allChecks(policyDir: string | undefined): Promise<readonly Check[]> {
  const stack = await status();
  const checks = [...machineChecks(stack.kind), ...policyChecks(policyDir), ...stackChecks(stack)];
  if (stack.phase !== 'up' || !stack.brokers) return checks;
  // Only with a broker to ask: the client is the slowest thing to load.
  const { kafkaChecks } = await import('../doctor/kafka.ts');
  const kafka = kafkaChecks(stack.brokers);
  if (!stack.redisUrl || !stack.registryUrl) return [...checks, ...kafka];
  const { retentionCheck } = await import('../doctor/retention.ts');
  const { refusedPolicyCheck } = await import('../doctor/refused-policies.ts');
  const addresses = await findAddresses(environment);
  return [...checks, ...kafka, retentionCheck(addresses), refusedPolicyCheck(addresses)];
}
