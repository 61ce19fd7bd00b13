import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startServiceProcess } from './service-process.ts';

/** Ends at once; what it has to say arrives when whoever started it knows of its end. */
const SAYS_IT_LATE = `
  import { spawn } from 'node:child_process';
  const late = 'while kill -0 ' + process.pid + ' 2>/dev/null; do :; done; echo the last word';
  spawn('sh', ['-c', late], { stdio: 'inherit', detached: true }).unref();
  process.exit(3);
`;

it('a service that gives up is quoted to its last word, though its end is seen before that is read', async () => {
  const logDir = mkdtempSync(join(tmpdir(), 'holdfast-service-'));
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SAYS_IT_LATE)}` };
  try {
    await expect(startServiceProcess('worker', { environment, logDir })).rejects.toThrow(
      /worker ended with 3 before it was ready; its last words:\nthe last word$/,
    );
    expect(readFileSync(join(logDir, 'worker.log'), 'utf8')).toBe('the last word\n');
  } finally {
    rmSync(logDir, { recursive: true });
  }
});
