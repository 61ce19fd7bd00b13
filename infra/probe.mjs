// The container's health check: ends with 0 when the service in this container says that it is ready.
const port = process.env.HOLDFAST_HTTP_PORT;
try {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(15_000) });
  console.log(answer.status, (await answer.text()).slice(0, 500));
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  console.log(`no answer on port ${port}:`, error.cause?.code ?? error.message);
  process.exit(1);
}
