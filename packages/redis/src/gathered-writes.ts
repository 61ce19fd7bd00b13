import type { Writable } from 'node:stream';

/**
 * From now on what is written in one turn of the event loop leaves in one write: with a hundred contacts at work a system
 * call per command was a fifth of the dispatcher's time. The client's own pipelining was left: it holds back the next
 * commands until every reply of the last ones has come.
 */
export function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream);
  let isGathering = false;
  const send = () => {
    isGathering = false;
    stream.uncork();
  };
  const gather = (...args: Parameters<typeof write>) => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      setImmediate(send);
    }
    return write(...args);
  };
  stream.write = gather as typeof stream.write;
}
