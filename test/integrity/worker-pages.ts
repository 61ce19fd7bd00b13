/** A service's readiness: the status and what it says. */
export async function readinessOf(port: number): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return { status: response.status, text: await response.text() };
}

/** The value of a series on the metrics page, 0 when it is not there. `labels` as they stand on the page, in part. */
export async function metricOf(port: number, name: string, labels: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await response.text()).split('\n');
  const line = lines.find((candidate) => candidate.startsWith(`${name}{`) && candidate.includes(labels));
  return Number(line?.split(' ').at(-1) ?? 0);
}
