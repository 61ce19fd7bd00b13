import { connect, type Socket } from 'node:net';

/**
 * Many agents' screens in one process, forked by `alerts.ts`: each listens to one team over a socket of its own, checks that
 * its alerts come once and in order, and comes back with its last id when it is told to leave.
 */
export interface ListenersPlan {
  readonly port: number;
  readonly key: string;
  readonly streams: number;
  readonly teams: number;
}

export type ToListeners =
  | { readonly kind: 'plan'; readonly plan: ListenersPlan }
  | { readonly kind: 'reconnect'; readonly count: number }
  | { readonly kind: 'report' };

export interface ListenersReport {
  readonly kind: 'report';
  readonly received: number;
  /** Alerts that came again, or too early, i.e. with others missing before them. */
  readonly wrong: number;
  readonly resets: number;
  readonly reconnects: number;
  readonly latenciesMs: readonly number[];
  /** The last number each stream saw, by team. */
  readonly last: readonly (readonly [team: number, number: number])[];
}

interface Screen {
  readonly team: number;
  socket: Socket;
  rest: string;
  lastId: string;
  lastNumber: number;
}

const FRAME_END = '\n\n';

function listen(plan: ListenersPlan): void {
  const screens: Screen[] = [];
  const seen = { received: 0, wrong: 0, resets: 0, reconnects: 0 };
  const latenciesMs: number[] = [];

  const take = (screen: Screen, frame: string) => {
    const id = /^id: (\S+)$/m.exec(frame)?.[1];
    if (id !== undefined) screen.lastId = id;
    if (frame.includes('event: reset')) seen.resets += 1;
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined || !frame.includes('event: alert')) return;
    const { number, appendedAt } = JSON.parse(data) as { number: number; appendedAt: number };
    seen.received += 1;
    if (number !== screen.lastNumber + 1) seen.wrong += 1;
    screen.lastNumber = number;
    latenciesMs.push(Date.now() - appendedAt);
  };
  const open = (screen: Screen): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect(plan.port, '127.0.0.1');
    screen.socket = socket;
    screen.rest = '';
    const resume = screen.lastId === '' ? '' : `last-event-id: ${screen.lastId}\r\n`;
    socket.setNoDelay(true);
    socket.write(`GET /v1/alerts?team=t${screen.team} HTTP/1.0\r\nhost: x\r\nx-api-key: ${plan.key}\r\n${resume}\r\n`);
    socket.on('error', reject);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const parts = (screen.rest + text).split(FRAME_END);
      screen.rest = parts.pop() ?? '';
      resolve();
      for (const part of parts) take(screen, part);
    });
    return promise;
  };

  process.on('message', async (message: ToListeners) => {
    if (message.kind === 'reconnect') {
      for (let i = 0; i < message.count; i++) {
        const screen = screens[Math.floor(Math.random() * screens.length)];
        if (!screen) continue;
        screen.socket.destroy();
        seen.reconnects += 1;
        await open(screen);
      }
    }
    if (message.kind === 'report') {
      const last = screens.map(({ team, lastNumber }) => [team, lastNumber] as const);
      process.send?.({ kind: 'report', ...seen, latenciesMs, last } satisfies ListenersReport);
    }
  });
  void (async () => {
    for (let i = 0; i < plan.streams; i++) {
      const screen: Screen = { team: i % plan.teams, socket: undefined as never, rest: '', lastId: '', lastNumber: 0 };
      screens.push(screen);
      await open(screen);
    }
    process.send?.({ kind: 'open' });
  })();
}

process.once('message', (message: ToListeners) => {
  if (message.kind === 'plan') listen(message.plan);
});
