import type { StackStatus } from '../../../infra/stack/index.mjs';

/** The stack in lines: its phase, then one line per service. */
export function describeStack(stack: StackStatus): string {
  const head = stack.phase === 'down' ? 'down (start it: npx holdfast up)' : `${stack.phase} (${stack.kind})`;
  const lines = Object.entries(stack.services).map(([name, service]) => {
    const where = service.container ?? `pid ${service.pid}`;
    return `  ${name.padEnd(9)} ${service.running ? `127.0.0.1:${service.port}  ${where}` : 'not running'}`;
  });
  return `stack: ${[head, ...(stack.phase === 'down' ? [] : lines)].join('\n')}\n`;
}
