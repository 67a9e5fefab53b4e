/** One bad field of a request. */
export interface FieldError {
  /** The field as the request writes it, such as `address.street`. */
  readonly field: string;
  /** What is wrong with it, such as `REQUIRED`. */
  readonly code: string;
  /** What to do about it, for the person. */
  readonly message: string;
}

/** What an error can say beside its message; each is left out where the server did not say it. */
export interface Details {
  /** Stable, to branch on: the server's (docs/errors.md) or one that the class names. */
  readonly code: string;
  /** One sentence for the person. */
  readonly message: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status?: number;
  /** What the person can do. */
  readonly solutions?: readonly string[];
  /** The bad fields of a refused request. */
  readonly errors?: readonly FieldError[];
  /** Seconds to wait before the next try. */
  readonly retryAfter?: number | undefined;
  /** When a lockout ends (RFC 3339). */
  readonly lockedUntil?: string | undefined;
  /** The request's `uuid`, for support. */
  readonly requestId?: string | undefined;
  /** The language of `message` and `solutions`, such as `fr`. */
  readonly language?: string | undefined;
  readonly cause?: unknown;
}

/** What all errors of this package have in common. No token or password stands in any of them. */
export class CountersignError extends Error {
  readonly code: string;
  readonly status: number;
  readonly solutions: readonly string[];
  readonly errors: readonly FieldError[];
  readonly retryAfter: number | undefined;
  readonly lockedUntil: string | undefined;
  readonly requestId: string | undefined;
  readonly language: string | undefined;

  constructor(details: Details) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.status = details.status ?? 0;
    this.solutions = details.solutions ?? [];
    this.errors = details.errors ?? [];
    this.retryAfter = details.retryAfter;
    this.lockedUntil = details.lockedUntil;
    this.requestId = details.requestId;
    this.language = details.language;
  }
}

/** The server refused: asking again in the same way would be refused again. */
export class ProblemError extends CountersignError {}

/**
 * Nothing definite is known: no answer, half an answer, or one that says "not now". A write that ends so may have been
 * done. `code` is the server's, or `UNREACHABLE`, `TIMEOUT` or `UNREADABLE`.
 */
export class UnreachableError extends CountersignError {}

/**
 * The session is over, and stays so until the next login. `code` is the server's, `LOGGED_OUT` after a log-out here or in
 * another tab, or `NOT_LOGGED_IN` where there never was one.
 */
export class EndedError extends CountersignError {}

/** What is kept could not be read or written. The session goes on with what it has in memory. `code` is `STORE`. */
export class StoreError extends CountersignError {}

const REUSED =
  "Somebody else may have used your session, so it was ended: log in again and change your password.";

/** The end that a refusal of the server means, in words for the person. */
export function endedBy(problem: ProblemError): EndedError {
  // The server's own words are kept where they are in a language that this package does not speak.
  const isEnglish = (problem.language ?? "en").startsWith("en");
  const isReuse = problem.code === "REFRESH_TOKEN_REUSED";
  const translated = [problem.message, ...(isReuse ? problem.solutions : [])].join(" ");
  const { code, status, solutions, requestId, language } = problem;
  return new EndedError({
    ...{ code, status, solutions, requestId, language, cause: problem },
    message: isReuse && isEnglish ? REUSED : translated,
  });
}

/** An end without a refusal. */
export function ended(code: "LOGGED_OUT" | "NOT_LOGGED_IN"): EndedError {
  const message = code === "LOGGED_OUT" ? "You are logged out." : "You are not logged in.";
  return new EndedError({ code, message, solutions: ["Log in"] });
}
