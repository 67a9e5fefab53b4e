import { CountersignError } from "../errors.js";

/** What a verified access token says. */
export interface VerifiedToken {
  /** Whose it is: `user-id`. */
  readonly userId: string;
  /** The tenant: `tenancy-id`. */
  readonly tenantId: string;
  /** The session it ends with: `sid`. */
  readonly sessionId: string;
  /** What its bearer may do; none while the person has to set a new password. */
  readonly roles: readonly string[];
  /** When it was made, in seconds since 1970. */
  readonly issuedAt: number;
  /** When it is over, in seconds since 1970. */
  readonly expiresAt: number;
  /** Its own id: `jti`. */
  readonly tokenId: string;
  /** Whether ends of sessions were known up to a moment ago. False without a feed, and while it is out of reach. */
  readonly areEndsKnown: boolean;
}

/** The token is not accepted. `code` is `INVALID_TOKEN`; `message` says why, for a log: the caller is told nothing of it. */
export class InvalidTokenError extends CountersignError {
  constructor(why: string) {
    super({ code: "INVALID_TOKEN", status: 401, message: why });
  }
}

/** Keys cannot be fetched and none are known, so nothing can be said of any token. `code` is `KEYS_OUT_OF_REACH`. */
export class KeysOutOfReachError extends CountersignError {
  constructor(cause: unknown) {
    super({ code: "KEYS_OUT_OF_REACH", status: 503, message: "The keys that verify tokens cannot be fetched.", cause });
  }
}

/** It is not known which sessions have ended, and the verifier was told to refuse then. `code` is `REVOCATIONS_OUT_OF_REACH`. */
export class RevocationsOutOfReachError extends CountersignError {
  constructor() {
    super({ code: "REVOCATIONS_OUT_OF_REACH", status: 503, message: "It is not known at the moment which sessions have ended." });
  }
}
