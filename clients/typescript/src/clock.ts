/** Time and chance, as the client sees them. Tests and simulations bring their own. */
export interface Clock {
  /** The wall clock, in milliseconds since 1970. It may be wrong, and it may jump. */
  now(): number;
  /** Milliseconds since some moment, never backwards. It may stand still while the machine sleeps. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to and without 1, for jitter; secrets are never made from it. */
  random(): number;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (signal?.aborted) done();
      else signal?.addEventListener("abort", done);
    }),
};

/** A moment on both of the client's clocks. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** `Date` is told in whole seconds. */
const DATE_STEP_MS = 1_000;

/**
 * The server's time, told from its answers: whatever the client's own clocks say, only what elapses on them counts.
 */
export class ServerClock {
  readonly #clock: Clock;
  #known: { readonly server: number; readonly at: Moment } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This moment, to measure from. */
  mark(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  /**
   * Milliseconds since a moment. The monotonic clock may have slept and the wall clock may have been put back: the
   * larger of both is right unless the wall was put forward, and then a token only looks older than it is.
   */
  elapsed(since: Moment): number {
    return Math.max(this.#clock.now() - since.wall, this.#clock.monotonic() - since.monotonic);
  }

  /** The server's time in milliseconds since 1970; none before the first answer. */
  now(): number | undefined {
    return this.#known && this.#known.server + this.elapsed(this.#known.at);
  }

  /**
   * Learns from an answer that was made at `date` by the server's clock to a request sent at `sent`. The answer may have
   * been on its way for any part of the time in between, so what is known is a span; within it the clock does not move.
   */
  sync(date: number, sent: Moment): void {
    const latest = date + DATE_STEP_MS - 1 + this.elapsed(sent);
    this.#known = { server: Math.min(Math.max(this.now() ?? latest, date), latest), at: this.mark() };
  }

  /**
   * Learns from what another holder of the same machine wrote down: its server's time beside the wall clock it had. The
   * later word counts; a wall clock that has been put back since says nothing, and then nothing is learnt.
   */
  adopt(server: number, wall: number): void {
    const at = this.mark();
    if (at.wall < wall || (this.#known && this.#known.at.wall >= wall)) return;
    this.#known = { server: server + at.wall - wall, at };
  }
}

/** What `within` answers when the work took longer. */
export const LATE = Symbol("late");

/** The work's result, or {@link LATE} after `ms` milliseconds; the work goes on then. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | typeof LATE> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then((): typeof LATE => LATE);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
