import { jitter } from "./backoff.js";
import type { Moment } from "./clock.js";
import type { Connection } from "./connection.js";
import { ProblemError, UnreachableError, ended, endedBy } from "./errors.js";
import { type Pending, begin, isFor } from "./held.js";
import type { Keeper } from "./keeper.js";
import { type Pair, isFurther, isNewer, margin, readPair } from "./pair.js";

/** Retries behind a flight that has failed: the next one waits as if these had come before it. */
const FAILURES_BEHIND = 6;
/** No server holds a session back longer than this by one `Retry-After`, in milliseconds. */
const HOLD_MS_MAX = 300_000;

/** Asks the server for the pair after this one. Every repeat of one rotation carries the same id. */
export async function ask(connection: Connection, refreshToken: string, uuid: string, headers = {}): Promise<Pair> {
  const path = "/api/v6/services/securitymanagement/refresh-token";
  return readPair(await connection.send({ method: "PUT", path, body: { refresh_token: refreshToken }, uuid, headers }), connection);
}

/** Refusals that are not about the session: a tenant may be resumed, and the token may be a back-end's own that has run out. */
const NO_END = new Set(["TENANT_SUSPENDED", "INVALID_TOKEN"]);

/** Whether a refusal of a refresh ends the session. A 401 or 403 without a code comes from something in between. */
export function isEnd(error: unknown): error is ProblemError {
  if (!(error instanceof ProblemError)) return false;
  const isRefusal = error.status === 401 || error.status === 403;
  return isRefusal && !error.code.startsWith("HTTP_") && !NO_END.has(error.code);
}

/** Exchanges a session's pair for its successor: one flight at a time, whoever and how many ask. */
export class Rotation {
  readonly #keeper: Keeper;
  readonly #connection: Connection;
  #flight: Promise<Pair> | null = null;
  #began: Moment | null = null;
  /** Beside the store's, for when the store cannot be written. */
  #pending: Pending | null = null;
  /** Until when the next flight waits after one that failed. */
  #hold: { readonly since: Moment; readonly ms: number; readonly error: UnreachableError } | null = null;

  constructor(keeper: Keeper, connection: Connection) {
    this.#keeper = keeper;
    this.#connection = connection;
  }

  /** Milliseconds that the pair's access token has left by the server's clock. */
  left(pair: Pair): number {
    const now = this.#connection.time.now();
    return now === undefined ? -Infinity : pair.expiresAt - now;
  }

  /** Whether a flight would have to wait after one that failed. */
  get isHeldBack(): boolean {
    return this.#holdMs() > 0;
  }

  /**
   * A pair that is not due; where `from` was refused, one that was given out after it. Joins the flight that is under way, or
   * begins one.
   */
  next(from: Pair, isRefused: boolean): Promise<Pair> {
    if (!this.#flight) {
      this.#began = this.#connection.time.mark();
      this.#flight = this.#fly(isRefused ? from : null).finally(() => {
        this.#flight = null;
      });
      // Whoever has a good token still may have stopped waiting.
      this.#flight.catch(() => {});
    }
    return this.#flight;
  }

  /** Milliseconds since the flight that is under way began; 0 where there is none. */
  get age(): number {
    return this.#flight && this.#began ? this.#connection.time.elapsed(this.#began) : 0;
  }

  #holdMs(): number {
    return this.#hold ? this.#hold.ms - this.#connection.time.elapsed(this.#hold.since) : 0;
  }

  async #fly(refused: Pair | null): Promise<Pair> {
    const { clock, patienceMs, time } = this.#connection;
    const wait = this.#holdMs();
    if (this.#hold && wait > patienceMs) {
      throw new UnreachableError({ ...this.#hold.error, message: this.#hold.error.message, retryAfter: wait / 1_000 });
    }
    if (wait > 0) await clock.sleep(wait);
    try {
      const pair = await this.#connection.retry(() => this.#attempt(refused));
      this.#hold = null;
      return pair;
    } catch (error) {
      if (error instanceof UnreachableError) {
        const ms = Math.min(HOLD_MS_MAX, (error.retryAfter ?? 0) * 1_000) + jitter(clock, FAILURES_BEHIND);
        this.#hold = { since: time.mark(), ms, error };
      }
      throw error;
    }
  }

  /** One try, from the newest pair that anybody who shares the store has. */
  async #attempt(refused: Pair | null): Promise<Pair> {
    for (;;) {
      await this.#keeper.read();
      const begun = await this.#begin(refused);
      if (!begun) return this.#newest();
      try {
        await this.#keeper.take(await ask(this.#connection, begun.pair.refreshToken, begun.uuid));
        return this.#newest();
      } catch (error) {
        if (!isEnd(error)) throw error;
        await this.#keeper.read();
        // Somebody else may have rotated meanwhile: then theirs is taken, or rotated in turn.
        if (isFurther(this.#newest(), begun.pair)) continue;
        await this.#keeper.finish(begun.pair.session, endedBy(error));
        return this.#newest();
      }
    }
  }

  /**
   * Writes the rotation down before its request leaves, so that whoever goes on repeats it and begins no other. Null where
   * none is needed any more.
   */
  async #begin(refused: Pair | null): Promise<{ pair: Pair; uuid: string } | null> {
    for (;;) {
      const pair = this.#newest();
      if (this.left(pair) > margin(pair) && !(refused && !isNewer(pair, refused))) return null;
      const { session, counter } = pair;
      const own = isFor(this.#pending, pair) ? this.#pending : { uuid: crypto.randomUUID(), session, counter };
      const held = await this.#keeper.write(begin(pair, own));
      this.#pending = held && isFor(held.pending, pair) ? held.pending : own;
      // Nothing is waited for from here until the request leaves: a page that is frozen in between would come back with a
      // token that others have long used up.
      if (!isNewer(this.#newest(), pair)) return { pair, uuid: this.#pending.uuid };
    }
  }

  /** Whatever happened meanwhile, here or elsewhere. Throws the reason where the session has ended. */
  #newest(): Pair {
    const { pair, ended: reason } = this.#keeper;
    if (!pair) throw reason ?? ended("NOT_LOGGED_IN");
    return pair;
  }
}
