import { RetryBudget, jitter } from "./backoff.js";
import { type Clock, ServerClock, systemClock, within, LATE } from "./clock.js";
import { type Details, type FieldError, ProblemError, UnreachableError } from "./errors.js";

/** Where the service is, and how it is spoken to. */
export interface ConnectionOptions {
  /** The tenant's address, such as `https://remitjunction.auth.example.com`. */
  readonly url: string | URL;
  /** The languages that the person reads, as `Accept-Language` says them: `fr-SN, fr;q=0.9`. */
  readonly language?: string;
  /** The header `platform`; `fincode` unless the server is configured otherwise. */
  readonly platform?: string;
  /** How long retries of one call may take in all, in milliseconds; 10,000 by default. */
  readonly patienceMs?: number;
  /** How long one try may take, in milliseconds; 15,000 by default. */
  readonly timeoutMs?: number;
  /** Headers for every request, such as a back-end's own API token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the global `fetch`, for tests. */
  readonly fetch?: typeof fetch;
  /** Replaces the machine's clock, for tests. */
  readonly clock?: Clock;
}

/** One call of the contract. */
export interface Call {
  readonly method: string;
  /** The path on the tenant's host, with its query. */
  readonly path: string;
  /** Sent as JSON, or as a form if it is one. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The header `uuid`; a fresh one by default. */
  readonly uuid?: string;
  /** The answer is a text of any kind, or empty, and not JSON. */
  readonly isText?: boolean;
}

/** 429 and these: the same request may be answered later. */
const PASSING = new Set([429, 500, 502, 503, 504]);

/** Sends requests to one tenant's host, and says what came of them. */
export class Connection {
  /** The origin of the tenant's host. */
  readonly origin: string;
  readonly clock: Clock;
  /** The server's time, learnt from every answer. */
  readonly time: ServerClock;
  readonly platform: string;
  readonly patienceMs: number;
  readonly fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #budget = new RetryBudget();

  constructor(options: ConnectionOptions) {
    this.origin = new URL(options.url).origin;
    this.clock = options.clock ?? systemClock;
    this.time = new ServerClock(this.clock);
    this.platform = options.platform ?? "fincode";
    this.patienceMs = options.patienceMs ?? 10_000;
    this.#timeoutMs = options.timeoutMs ?? 15_000;
    // Called with this object as `this`, the browser's own would refuse.
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#headers = { ...(options.language && { "Accept-Language": options.language }), ...options.headers };
  }

  /**
   * Sends a call once. The answer's body, read; anything but a readable 2xx is an error: {@link ProblemError} where the
   * server refused, {@link UnreachableError} where nothing definite is known.
   */
  async send(call: Call): Promise<unknown> {
    const abort = new AbortController();
    const answer = await within(this.clock, this.#timeoutMs, this.#send(call, abort.signal));
    if (answer !== LATE) return answer;
    abort.abort();
    throw unreachable("TIMEOUT");
  }

  /**
   * Sends what may be sent again until something definite is known, patience or the budget is used up, or the server
   * asks for a longer wait than that.
   */
  async retry<T>(attempt: (failures: number) => Promise<T>, patienceMs = this.patienceMs): Promise<T> {
    const started = this.time.mark();
    for (let failures = 0; ; failures++) {
      try {
        return await attempt(failures);
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        const wait = (error.retryAfter ?? 0) * 1_000 + jitter(this.clock, failures);
        if (this.time.elapsed(started) + wait > patienceMs || !this.#budget.take()) throw error;
        await this.clock.sleep(wait);
      }
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<unknown> {
    const isForm = call.body instanceof URLSearchParams;
    const headers: Record<string, string> = {
      platform: this.platform,
      uuid: call.uuid ?? crypto.randomUUID(),
      ...this.#headers,
      ...call.headers,
    };
    if (call.body !== undefined && !isForm) headers["Content-Type"] = "application/json";
    const body = isForm ? (call.body as URLSearchParams) : JSON.stringify(call.body);
    const sent = this.time.mark();
    let response: Response;
    let text: string;
    try {
      // A redirect would carry the tokens elsewhere, and the contract has none.
      const init: RequestInit = { method: call.method, headers, signal, redirect: "error", credentials: "omit", cache: "no-store" };
      response = await this.fetch(this.origin + call.path, body === undefined ? init : { ...init, body });
      text = await response.text();
    } catch (cause) {
      throw unreachable("UNREACHABLE", cause);
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) this.time.sync(date, sent);
    if (!response.ok) {
      const details = readProblem(response, text, this.time.now() ?? this.clock.now());
      throw PASSING.has(response.status) ? new UnreachableError(details) : new ProblemError(details);
    }
    this.#budget.refill();
    if (call.isText) return text;
    try {
      return JSON.parse(text);
    } catch {
      // The cause would quote the body, and with it a token.
      throw unreachable("UNREADABLE");
    }
  }
}

/** An error for an answer that did not come or cannot be read. */
export function unreachable(code: "UNREACHABLE" | "TIMEOUT" | "UNREADABLE", cause?: unknown): UnreachableError {
  const message = "The service cannot be reached at the moment.";
  return new UnreachableError({ code, message, solutions: ["Check the connection and try again"], cause });
}

/** Reads a problem (RFC 9457). What stands between us and the server may answer with anything, so nothing is taken for granted. */
function readProblem(response: Response, text: string, now: number): Details {
  let body: Record<string, unknown> = {};
  try {
    body = Object(JSON.parse(text));
  } catch {
    // Not the server's own words: the status has to do.
  }
  const say = (name: string): string | undefined => (typeof body[name] === "string" ? body[name] : undefined);
  const list = (name: string): unknown[] => (Array.isArray(body[name]) ? body[name] : []);
  return {
    code: say("code") ?? `HTTP_${response.status}`,
    message: say("message") ?? "The service cannot do this at the moment.",
    status: response.status,
    solutions: list("solutions").filter((text) => typeof text === "string"),
    errors: list("errors") as FieldError[],
    retryAfter: readRetryAfter(response.headers.get("retry-after"), now),
    lockedUntil: say("lockedUntil"),
    requestId: say("requestId") ?? response.headers.get("uuid") ?? undefined,
    language: response.headers.get("content-language") ?? undefined,
  };
}

/** Seconds from `Retry-After`, which is a number of them or a date (RFC 9110 section 10.2.3). */
export function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text.trim()) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
