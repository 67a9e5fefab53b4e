/**
 * Sessions of Countersign for browsers and Node: log in, get an access token that is good, log out.
 *
 * Verifying access tokens without asking the service is in `@countersign/client/verify`, a back-end that keeps tokens out
 * of the browser in `@countersign/client/bff`.
 */
export type { components, paths } from "./api.generated.js";
export { type Clock, systemClock } from "./clock.js";
export type { ConnectionOptions } from "./connection.js";
export type { Endpoints } from "./endpoints.js";
export { CountersignError, EndedError, type FieldError, ProblemError, StoreError, UnreachableError } from "./errors.js";
export { type End, type Held, type Move, NOTHING, type Pending } from "./held.js";
export type { SessionEvents } from "./keeper.js";
export type { Pair, Tenant, User } from "./pair.js";
export { type Credentials, type LoggedIn, Session, type SessionOptions } from "./session.js";
export { IndexedDbStore } from "./stores/indexeddb.js";
export { MemoryStore } from "./stores/memory.js";
export type { Store } from "./stores/store.js";
