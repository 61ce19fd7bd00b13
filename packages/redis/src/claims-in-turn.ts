/** Somebody who wants the first of what he finds that nobody else gets. */
export interface Claimant<A, S> {
  /** Ids he may take, the best first; enough for `others` who choose before him. They all look with the same `sight`. */
  find(others: number, sight: S): Promise<readonly string[]>;
  /** Takes the first of these that is still there; undefined where all are gone. */
  claim(ids: readonly string[]): Promise<A | undefined>;
}

interface Waiting<A, S> {
  readonly claimant: Claimant<A, S>;
  readonly rounds: number;
  resolve(answer: A | undefined): void;
  reject(error: unknown): void;
}

/** At once: each of them looks through about as many ids. */
const MOST = 32;
const MOST_ROUNDS = 20;

/**
 * Claims of those who ask at the same time. Each by himself, they would all find the same ids, and all but the first would
 * have to look again. So those who wait choose together, in the order in which they came, each something else; only another
 * process can be in their way. `look` makes what they find things with, anew for each round. Undefined where nothing is there;
 * rejects when it was taken by others again and again.
 */
export function createClaimsInTurn<A, S>(look: () => S): (claimant: Claimant<A, S>) => Promise<A | undefined> {
  let waiting: Waiting<A, S>[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      const again = await claimTogether(batch, look());
      waiting = [...again, ...waiting];
    }
    isRunning = false;
  };
  return (claimant) =>
    new Promise((resolve, reject) => {
      waiting.push({ claimant, rounds: 0, resolve, reject });
      if (!isRunning) void run();
    });
}

/** Answers those who have to choose again. Never rejects. */
async function claimTogether<A, S>(batch: readonly Waiting<A, S>[], sight: S): Promise<readonly Waiting<A, S>[]> {
  const others = batch.length - 1;
  const found = await Promise.all(batch.map(({ claimant }) => claimant.find(others, sight).catch(asFailure)));
  const chosen = new Set<string>();
  const claims = batch.map(async (one, index) => {
    const ids = found[index] ?? [];
    if (ids instanceof Failure) return one.reject(ids.reason);
    if (ids.length === 0) return one.resolve(undefined);
    const free = ids.filter((id) => !chosen.has(id));
    const [first] = free;
    if (first !== undefined) chosen.add(first);
    // Nothing is left for him among what others choose, unless one of them fails.
    const answer = await one.claimant.claim(first === undefined ? ids : free).catch(asFailure);
    if (answer instanceof Failure) return one.reject(answer.reason);
    if (answer !== undefined) return one.resolve(answer);
    if (one.rounds < MOST_ROUNDS) return { ...one, rounds: one.rounds + 1 };
    return one.reject(new Error(`what was free was taken by others ${MOST_ROUNDS} times`));
  });
  const left = await Promise.all(claims);
  return left.filter((one) => one !== undefined);
}

class Failure {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

function asFailure(reason: unknown): Failure {
  return new Failure(reason);
}
