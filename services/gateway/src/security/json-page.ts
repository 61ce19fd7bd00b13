const MAX_BYTES = 524_288;

/** The JSON at an address. Follows no redirect. Throws for another status than 200, a page over 512 KiB, text that is no JSON. */
export async function readJsonPage(url: string, options: { readonly signal: AbortSignal }): Promise<unknown> {
  const answer = await fetch(url, { ...options, redirect: 'error', headers: { accept: 'application/json' } });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`it answered ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer has more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
