import { expect, it } from 'vitest';
import { saysPortTaken } from './index.mjs';

it.each([
  ['of the registry, by its main port', 'ERROR (main) Port 14999 seems to be in use by another process. Quarkus may'],
  [
    'of the registry, by its management port',
    'Caused by: java.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n\t... 4 more',
  ],
  ['of Redis', '# Warning: Could not create server TCP listening socket 127.0.0.1:14999: bind: Address already in use'],
])('a log %s says that a port was taken', (_title, log) => {
  expect(saysPortTaken(log)).toBe(true);
});

it('a log of another failure does not', () => {
  expect(saysPortTaken('# Fatal error, can’t open config file\nListening on: http://127.0.0.1:14999')).toBe(false);
});
