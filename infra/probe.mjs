// The container's health check: ends with 0 when the service in this container says that it is ready.
import { get } from 'node:http';
import { get as getOverTls } from 'node:https';

const TIMEOUT_MS = 15_000;
const port = process.env.HOLDFAST_HTTP_PORT;
const isTls = Boolean(process.env.HOLDFAST_TLS_CERT_FILE);
// The certificate is made out to the name callers use, never to this address; nothing is sent that anybody could want.
const options = { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, timeout: TIMEOUT_MS };

const request = (isTls ? getOverTls : get)(options, async (answer) => {
  const parts = [];
  for await (const part of answer) parts.push(part);
  console.log(answer.statusCode, Buffer.concat(parts).toString().slice(0, 500));
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => request.destroy(new Error('timeout')));
request.on('error', (error) => {
  console.log(`no answer on port ${port}:`, error.code ?? error.message);
  process.exit(1);
});
