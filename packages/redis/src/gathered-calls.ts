/**
 * Gathers what is asked for one by one: everything of one turn of the event loop goes to `askAll` at once, in that order,
 * `most` at a time, so a hundred callers cost the client and the server little more than one. When a call fails each of its
 * callers is rejected with its error; an answer that is an Error rejects its own caller only.
 */
export function gathered<Asked, Answer>(
  most: number,
  askAll: (asked: readonly Asked[]) => Promise<readonly (Answer | Error)[]>,
): (one: Asked) => Promise<Answer> {
  let waiting: Waiting<Asked, Answer>[] = [];
  const sendAll = () => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += most) void send(all.slice(from, from + most));
  };
  const send = async (part: readonly Waiting<Asked, Answer>[]) => {
    try {
      const answers = await askAll(part.map(({ one }) => one));
      for (const [index, { resolve, reject }] of part.entries()) {
        const answer = index < answers.length ? answers[index] : new Error('the store left a question unanswered');
        if (answer instanceof Error) reject(answer);
        else resolve(answer as Answer);
      }
    } catch (error) {
      for (const { reject } of part) reject(error);
    }
  };
  return (one) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(sendAll);
      waiting.push({ one, resolve, reject });
    });
}

interface Waiting<Asked, Answer> {
  readonly one: Asked;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}
