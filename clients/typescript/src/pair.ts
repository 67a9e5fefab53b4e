import type { components } from "./api.generated.js";
import type { Connection } from "./connection.js";
import { unreachable } from "./connection.js";
import { readPart } from "./jwt.js";

/** What the server answers to a login and to a refresh. */
export type LoginAnswer = components["schemas"]["LoginAnswer"];
/** Whose session it is. */
export type User = components["schemas"]["UserAnswer"];
/** Where it is good. */
export type Tenant = components["schemas"]["TenantAnswer"];

/** The two tokens of a session at one place of its chain, as a store keeps them. Both are secrets. */
export interface Pair {
  /** The origin they are good at; they are sent to no other. */
  readonly origin: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The session: the refresh token's `sid`, a UUIDv7, so a later login has a greater one. */
  readonly session: string;
  /** The place in the session's chain: the refresh token's `ctr`. */
  readonly counter: number;
  /** When the access token was made, in milliseconds of the server's clock. */
  readonly issuedAt: number;
  /** When the access token expires, in milliseconds of the server's clock. */
  readonly expiresAt: number;
  /** The server's time when the pair came in, and the client's wall clock then. */
  readonly receivedAt: { readonly server: number; readonly wall: number };
  readonly user: User;
  readonly tenant: Tenant;
}

/** The pair in an answer. One that cannot be read is a lost answer: {@link UnreachableError}. */
export function readPair(body: unknown, connection: Connection): Pair {
  try {
    const answer = body as LoginAnswer;
    const access = readPart(answer.access_token.split(".")[1]);
    const refresh = readPart(answer.refresh_token.split(".")[1]);
    const issuedAt = number(access["iat"]) * 1_000;
    // Across origins a page may not see `Date`: the token was made just now, too.
    if (connection.time.now() === undefined) connection.time.sync(issuedAt, connection.time.mark());
    return {
      origin: connection.origin,
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      session: String(refresh["sid"]),
      counter: number(refresh["ctr"]),
      issuedAt,
      expiresAt: issuedAt + number(answer.expires_in) * 1_000,
      receivedAt: { server: connection.time.now() ?? issuedAt, wall: connection.clock.now() },
      user: answer.user,
      tenant: answer.tenant,
    };
  } catch {
    throw unreachable("UNREADABLE");
  }
}

function number(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("not a number");
  return value;
}

/** Whether `one` is further on than `other`: of a later login, or further along the chain. */
export function isFurther(one: Pair, other: Pair): boolean {
  return one.session === other.session ? one.counter > other.counter : one.session > other.session;
}

/** Whether `one` was given out after `other`: further on, or a later answer of the same place. */
export function isNewer(one: Pair, other: Pair): boolean {
  const isSamePlace = one.session === other.session && one.counter === other.counter;
  return isSamePlace ? one.issuedAt > other.issuedAt : isFurther(one, other);
}

const MARGIN_MS_MAX = 300_000;

/** How much life an access token must have left not to be refreshed: five minutes, or a fifth of a short life. */
export function margin(pair: Pair): number {
  return Math.min(MARGIN_MS_MAX, (pair.expiresAt - pair.issuedAt) / 5);
}
