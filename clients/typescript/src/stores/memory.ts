import { type Held, type Move, NOTHING } from "../held.js";
import type { Store } from "./store.js";

/** Keeps tokens in memory: gone with the page or the process. The safest place a browser has, and the default. */
export class MemoryStore implements Store {
  #held: Held = NOTHING;
  readonly #listeners = new Set<() => void>();

  async read(): Promise<Held> {
    return this.#held;
  }

  async update(move: Move): Promise<Held> {
    const before = this.#held;
    this.#held = move(before);
    if (this.#held !== before) for (const changed of this.#listeners) queueMicrotask(changed);
    return this.#held;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}
