/**
 * Waits, but not beyond an abort of the signal; the awaited work continues.
 * @returns what it resolves with; rejects as it does, or with the signal's reason
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let give: () => void = () => undefined;
  const whenAborted = new Promise<never>((_resolve, reject) => {
    give = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('given up'));
    };
  });
  signal.addEventListener('abort', give);
  try {
    return await Promise.race([promise, whenAborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
