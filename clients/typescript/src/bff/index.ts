/**
 * A back-end-for-front-end for Node: the browser holds an encrypted `__Host-` cookie, and no token.
 */
export { Bff, type BffContext, type BffOptions } from "./bff.js";
export { GUARD_HEADER } from "./guard.js";
export { MemorySessionStore, type SessionStore, TooLargeForCookie } from "./keeping.js";
export { nodeListener, type NodeRequest, type NodeResponse } from "./node.js";
