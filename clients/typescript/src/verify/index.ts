/**
 * Verifies Countersign's access tokens offline, by the tenant's published keys, and follows the feed of ended sessions so
 * that a log-out reaches verifiers that do not call home.
 */
export type { FollowerEvents } from "./follower.js";
export type { Algorithm } from "./keys.js";
export { InvalidTokenError, KeysOutOfReachError, RevocationsOutOfReachError, type VerifiedToken } from "./verified.js";
export { type RevocationOptions, Verifier, type VerifierOptions } from "./verifier.js";
