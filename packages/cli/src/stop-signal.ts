/** Whether somebody asked this process to end: Ctrl-C, or SIGTERM. What is under way is finished first. */
export interface StopSignal {
  isTold(): boolean;
  /** Waits so long, or until it is told; answers whether it was. */
  within(ms: number): Promise<boolean>;
  /** Signals have their usual effect again. */
  end(): void;
}

/** From now on signals do not end the process by themselves. */
export function createStopSignal(): StopSignal {
  const told = Promise.withResolvers<void>();
  let isTold = false;
  const stop = () => {
    isTold = true;
    told.resolve();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  return {
    isTold: () => isTold,
    async within(ms) {
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([told.promise, pause]);
      clearTimeout(timer);
      return isTold;
    },
    end: () => void process.off('SIGTERM', stop).off('SIGINT', stop),
  };
}
