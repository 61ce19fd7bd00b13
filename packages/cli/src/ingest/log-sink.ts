import type { EventProducer, SendOutcome } from '@holdfast/kafka';
import type { EventSink, Handed } from './event-sink.ts';

/** Sends events straight into the log. */
export function createLogSink(producer: EventProducer): EventSink {
  return {
    send: async (events) => (await producer.send(events)).map(handedOf),
    close: () => producer.close(),
  };
}

function handedOf(outcome: SendOutcome): Handed {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'rejected':
      return { kind: 'rejected', field: '', reason: outcome.message };
    case 'overloaded':
    case 'unavailable':
      return { kind: 'again', why: outcome.message };
  }
}
