import type { Connection } from "../connection.js";
import { UnreachableError } from "../errors.js";
import { type Pair, margin } from "../pair.js";
import { ask } from "../rotation.js";
import type { Kept } from "./keeping.js";
import { rotationId } from "./sealer.js";

/** How long a rotation's result is remembered, for requests that left the browser with the old cookie. */
const REMEMBERED_MS = 60_000;
/** An access token with less life than this is not good for a request any more. */
const GOOD_MS_MIN = 1_000;
/** A token that is refused when it has just been made is not helped by another. */
const FORCED_EVERY_MS = 30_000;
const LINKS_MAX = 4;

/** Rotates sessions: one flight for each in this process, and the same rotation in all processes. */
export class Flights {
  readonly #connection: Connection;
  readonly #flights = new Map<string, { pair: Promise<Pair>; until: number }>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** A pair whose access token is good, and is not `refused`. */
  async current(kept: Kept, headers: Record<string, string>, refused?: string): Promise<Pair> {
    let { pair } = kept;
    const { time } = this.#connection;
    time.adopt(pair.receivedAt.server, pair.receivedAt.wall);
    // An old cookie leads to what its successors have become meanwhile, one flight after the other.
    for (let link = 0; link < LINKS_MAX; link++) {
      const now = time.now() ?? Infinity;
      const isRefused = pair.accessToken === refused && now - pair.issuedAt >= FORCED_EVERY_MS;
      const left = isRefused ? -Infinity : pair.expiresAt - now;
      if (left > margin(pair)) return pair;
      try {
        pair = await this.#fly(pair.refreshToken, kept.seed, headers);
      } catch (error) {
        if (error instanceof UnreachableError && left > GOOD_MS_MIN) return pair;
        throw error;
      }
    }
    return pair;
  }

  #fly(refreshToken: string, seed: string, headers: Record<string, string>): Promise<Pair> {
    const now = this.#connection.clock.monotonic();
    for (const [token, { until }] of this.#flights) if (until <= now) this.#flights.delete(token);
    const known = this.#flights.get(refreshToken);
    if (known) return known.pair;
    const pair = this.#rotate(refreshToken, seed, headers);
    this.#flights.set(refreshToken, { pair, until: now + REMEMBERED_MS });
    // Only what was obtained is remembered: after a failure the next request asks again.
    pair.catch(() => this.#flights.delete(refreshToken));
    return pair;
  }

  async #rotate(refreshToken: string, seed: string, headers: Record<string, string>): Promise<Pair> {
    const uuid = await rotationId(seed, refreshToken);
    return this.#connection.retry(() => ask(this.#connection, refreshToken, uuid, headers));
  }
}
