/**
 * Runs everything that can run without an answer of the world, before it returns: the event loop's own way to empty the
 * queue of microtasks, tell of rejections nobody caught, and begin again until nothing is left. Waiting for a tick
 * instead costs a promise, a resource of async hooks and a turn of the loop for each action.
 */
// Node exposes it without promising it; the guard below would notice its loss at the first world.
export const drain = (process as unknown as { _tickCallback(): void })._tickCallback;

/** Runs `play` where `drain` works: inside a microtask the queue is in use already. */
export function onItsOwnTurn<A>(play: () => A): Promise<A> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(play());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Throws where nothing would move, and every promise would seem to hold. */
export function assertDrains(): void {
  let hasRun = false;
  void Promise.resolve().then(() => {
    hasRun = true;
  });
  drain();
  if (!hasRun) throw new Error('a world was begun inside a microtask, or this Node has no _tickCallback');
}
