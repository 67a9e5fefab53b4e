import { type Clock } from "../clock.js";
import { CountersignError } from "../errors.js";
import { FEED_TYPE, type Page, readPage } from "./feed.js";
import { Keys, readJws } from "./keys.js";
import type { Revocations } from "./revocations.js";
import type { Revocation } from "./feed.js";

/** What a follower tells without being asked. */
export interface FollowerEvents {
  /** The feed is out of reach, or in reach again; `error` says why it is not. A 401 means that the API token is no longer good. */
  readonly onReach?: (inReach: boolean, error?: CountersignError) => void;
}

export interface FollowerOptions extends FollowerEvents {
  readonly origin: string;
  readonly issuer: string;
  readonly apiToken: string;
  readonly outOfReachMs: number;
  readonly staleMs: number;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly revocations: Revocations;
  readonly onRecord: (record: Revocation) => void;
}

/** How long the server holds a request until there is something new: the most it allows. */
const WAIT_SECONDS = 25;
const REQUEST_MS_MAX = (WAIT_SECONDS + 10) * 1_000;
const BACKOFF_MS_MAX = 5_000;
const BACKOFF_LONG_MS_MAX = 30_000;
/** A page of ends is longer than any token. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;

/** Follows the feed of ended sessions, one request at a time, until it is closed. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #keys: Keys;
  readonly #closed = new AbortController();
  #cursor: string | undefined;
  #goodAt: number | undefined;
  #wasInReach: boolean | undefined;
  #failures = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const url = `${options.origin}/.well-known/revocations/jwks.json`;
    this.#keys = new Keys({ ...options, url, algorithms: ["EdDSA"] });
    void this.#follow();
  }

  /** Milliseconds since the last good answer; none before the first. */
  get age(): number | undefined {
    return this.#goodAt === undefined ? undefined : this.#options.clock.monotonic() - this.#goodAt;
  }

  /** Whether ends are known up to a moment ago. */
  get isInReach(): boolean {
    return this.age !== undefined && this.age <= this.#options.outOfReachMs;
  }

  close(): void {
    this.#closed.abort();
  }

  async #follow(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        await this.#ask(signal);
        this.#failures = 0;
        this.#tell(true);
      } catch (cause) {
        if (signal.aborted) return;
        this.#failures += 1;
        this.#tell(this.isInReach, cause);
        // Back soon as long as ends are still known, so that they go on being known.
        const cap = this.isInReach ? BACKOFF_MS_MAX : BACKOFF_LONG_MS_MAX;
        await clock.sleep(clock.random() * Math.min(cap, 250 * 2 ** this.#failures), signal);
      }
    }
  }

  async #ask(closed: AbortSignal): Promise<void> {
    const { origin, apiToken, clock, fetch } = this.#options;
    const query = this.#cursor === undefined ? "?wait=0" : `?after=${encodeURIComponent(this.#cursor)}&wait=${WAIT_SECONDS}`;
    const headers: Record<string, string> = { Authorization: `Bearer ${apiToken}` };
    if (this.#cursor !== undefined) headers["If-None-Match"] = `"${this.#cursor}"`;
    const over = new AbortController();
    const abort = (): void => over.abort();
    closed.addEventListener("abort", abort);
    void clock.sleep(REQUEST_MS_MAX, over.signal).then(abort);
    try {
      const response = await fetch(`${origin}/.well-known/revocations${query}`, { headers, signal: over.signal, redirect: "error", cache: "no-store" });
      if (response.status === 304 && this.#cursor !== undefined) {
        this.#goodAt = clock.monotonic();
      } else if (response.status === 200) {
        await this.#take(await response.text());
      } else {
        await response.body?.cancel();
        throw refused(response.status);
      }
    } finally {
      closed.removeEventListener("abort", abort);
      over.abort();
    }
  }

  async #take(text: string): Promise<void> {
    const { clock, issuer, revocations, onRecord } = this.#options;
    const jws = readJws(text.trim(), PAGE_CHARS_MAX);
    // Cheap to see before a key is looked for: an access token is no page.
    if (jws.header["typ"] !== FEED_TYPE) throw new TypeError("it is not a page of the feed");
    const page: Page = await readPage(jws, await this.#keys.find(String(jws.header["kid"])), issuer);
    if (page.reset) revocations.clear();
    for (const record of page.records) {
      revocations.add(record);
      onRecord(record);
    }
    revocations.prune(clock.now());
    this.#cursor = page.next;
    // Until the last page of what there is, ends may be missing.
    if (!page.more) this.#goodAt = clock.monotonic();
  }

  #tell(inReach: boolean, cause?: unknown): void {
    const isRefused = cause instanceof CountersignError && cause.status === 401;
    if (inReach === this.#wasInReach && !isRefused) return;
    this.#wasInReach = inReach;
    const error = cause === undefined || cause instanceof CountersignError ? cause : outOfReach(cause);
    this.#options.onReach?.(inReach, error as CountersignError | undefined);
  }
}

function outOfReach(cause: unknown): CountersignError {
  return new CountersignError({ code: "REVOCATIONS_OUT_OF_REACH", message: "The feed of ended sessions cannot be read.", cause });
}

function refused(status: number): CountersignError {
  const message = status === 401 ? "The API token does not open the feed of ended sessions." : `The feed of ended sessions was answered with ${status}.`;
  return new CountersignError({ code: status === 401 ? "INVALID_TOKEN" : "REVOCATIONS_OUT_OF_REACH", status, message });
}
