import type { Clock } from "./clock.js";

const BASE_MS = 200;
const CAP_MS = 10_000;

/** A wait before the next try, in milliseconds: full jitter, so that clients which failed together do not come back so. */
export function jitter(clock: Clock, failures: number): number {
  return clock.random() * Math.min(CAP_MS, BASE_MS * 2 ** failures);
}

const RETRIES_MAX = 10;
const RETRIES_PER_SUCCESS = 0.1;

/**
 * How many retries a client may still make. Successes refill it slowly, so that an outage is met with at most a tenth
 * more requests than usual, however many callers there are.
 */
export class RetryBudget {
  #left = RETRIES_MAX;

  /** Takes one retry, if there is one. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** A request was answered. */
  refill(): void {
    this.#left = Math.min(RETRIES_MAX, this.#left + RETRIES_PER_SUCCESS);
  }
}
