const MAX_BYTES = 64 << 20;

export interface Question {
  url: string;
  /** How messages call it. */
  what: string;
  headers?: Record<string, string>;
  /** For the whole answer. */
  ms: number;
  /** Gives it up. */
  signal: AbortSignal;
}

/**
 * What an HTTP API answers; an Error that says why there is no answer. The deadline is a timer of our own: Node 20 loses an
 * `AbortSignal.timeout` inside of an `AbortSignal.any` when memory is collected.
 */
export async function ask({ url, what, headers, ms, signal }: Question): Promise<{ text: string; headers: Headers }> {
  const over = new AbortController(), stop = (): void => over.abort(signal.reason);
  const timer = setTimeout(() => over.abort(new Error(`no answer within ${ms / 1000} s`)), ms);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await fetch(url, { signal: over.signal, ...(headers && { headers }) });
    if (!answer.ok) throw new Error(`${what}: status ${answer.status}`);
    return { text: await bounded(answer, what), headers: answer.headers };
  } catch (error) {
    throw new Error((error as { cause?: Error }).cause?.message ?? (error as Error).message);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** What is too much is not read to its end. */
async function bounded({ body }: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > MAX_BYTES) throw new Error(`${what}: more than ${MAX_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}
