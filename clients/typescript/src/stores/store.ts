import type { Held, Move } from "../held.js";

/**
 * Where tokens are kept. Several sessions, tabs or processes may share what one keeps; nobody holds a lock on it.
 *
 * Implement it over anything that can replace a value only if it is still the one that was read.
 */
export interface Store {
  /** What is kept; {@link NOTHING} where there is nothing. */
  read(): Promise<Held>;
  /**
   * Makes one change and answers what is kept afterwards. Nobody else's change may come between reading and writing:
   * where one has, the move is made again on what is kept by then.
   */
  update(move: Move): Promise<Held>;
  /** Calls back when another holder may have changed what is kept; answers how to stop that. */
  subscribe?(changed: () => void): () => void;
}
