/** Wakes one sleeper. A ring that comes while nobody sleeps is kept for the next one. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once where one is kept. */
  heard(): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async heard() {
      if (!rung) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = null;
      rung = false;
    },
  };
}
