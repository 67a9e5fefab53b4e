import type { Clock } from "../../src/index.js";

/** One second of the epoch that all tests begin at. */
export const START_MS = Date.UTC(2026, 0, 5, 8);

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Real time of a simulated world: it passes only when nothing else can happen. */
export class World {
  /** Milliseconds since the world began. */
  elapsed = 0;
  /** Cryptography runs on threads of its own: time stands still meanwhile. */
  waitsForThreads = false;
  #timers: Timer[] = [];
  #order = 0;
  #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  /** The true time. */
  now(): number {
    return START_MS + this.elapsed;
  }

  /** A repeatable series (mulberry32). */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const fire = (): void => {
        signal?.removeEventListener("abort", fire);
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      };
      const timer: Timer = { at: this.elapsed + ms, order: this.#order++, fire };
      if (signal?.aborted) return resolve();
      signal?.addEventListener("abort", fire);
      this.#timers.push(timer);
    });
  }

  /** Lets everything happen that the work needs, and time pass meanwhile. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => {});
    for (let idle = 0; ; idle++) {
      await settle();
      if (this.waitsForThreads && !isDone) await new Promise((resolve) => setTimeout(resolve, 4));
      if (isDone) return done;
      const next = this.#next();
      if (!next && this.waitsForThreads && idle < 500) continue;
      if (!next) throw new Error("nothing will ever happen any more: a dead-lock");
      idle = 0;
      this.elapsed = Math.max(this.elapsed, next.at);
      next.fire();
    }
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    const until = this.elapsed + ms;
    await settle();
    for (let next = this.#next(); next && next.at <= until; next = this.#next()) {
      this.elapsed = Math.max(this.elapsed, next.at);
      next.fire();
      await settle();
    }
    this.elapsed = until;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Everything that can happen without time passing has happened. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A client's clocks: the wall may be wrong, and the monotonic one stands still while the machine sleeps. */
export class ClientClock implements Clock {
  readonly #world: World;
  /** How far the wall clock is off, in milliseconds. */
  skew: number;
  /** How long the monotonic clock has slept. */
  slept = 0;

  constructor(world: World, skew = 0) {
    this.#world = world;
    this.skew = skew;
  }

  now(): number {
    return this.#world.now() + this.skew;
  }

  monotonic(): number {
    return this.#world.elapsed - this.slept;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#world.sleep(ms, signal);
  }

  random(): number {
    return this.#world.random();
  }
}
