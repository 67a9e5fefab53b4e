import { type Pair, isNewer } from "./pair.js";

/** A rotation that has begun: every repeat of it carries this id, so that the server knows it for the same one. */
export interface Pending {
  readonly uuid: string;
  /** The place in the chain that it starts from: session and counter of the refresh token that is sent. */
  readonly session: string;
  readonly counter: number;
}

/** The end of a session, kept without any secret so that whoever shares the store learns of it. */
export interface End {
  readonly session: string;
  readonly code: string;
  readonly message: string;
}

/** All that a store keeps. */
export interface Held {
  readonly pair: Pair | null;
  readonly pending: Pending | null;
  readonly end: End | null;
  /** Device tokens by server and email, the oldest first: they outlive sessions. */
  readonly devices: Readonly<Record<string, string>>;
}

export const NOTHING: Held = { pair: null, pending: null, end: null, devices: {} };

/** A change of what is held. It may be called again, so it does nothing else; the same object back means no change. */
export type Move = (held: Held) => Held;

const hasEnded = (held: Held, session: string): boolean => held.end?.session === session;

/** Keeps a pair unless what is held is newer, or its session has ended meanwhile. */
export const keep = (pair: Pair): Move => (held) =>
  hasEnded(held, pair.session) || (held.pair && !isNewer(pair, held.pair)) ? held : { ...held, pair, pending: null, end: null };

/** Keeps the pair of a login, which replaces whatever was there. */
export const replace = (pair: Pair): Move => (held) => ({ ...held, pair, pending: null, end: null });

/** Writes down that the pair is about to be rotated. Whoever began the same rotation first has named it. */
export const begin = (pair: Pair, pending: Pending): Move => (held) =>
  hasEnded(held, pair.session) || (held.pair && isNewer(held.pair, pair)) || isFor(held.pending, pair) ? held : { ...held, pair, pending };

/** Forgets the tokens of a session that is over, not those of another that was opened meanwhile. */
export const finish = (end: End): Move => (held) =>
  held.pair && held.pair.session !== end.session ? held : { ...held, pair: null, pending: null, end };

/** Whether a pending rotation starts from this pair. */
export function isFor(pending: Pending | null, pair: Pair): pending is Pending {
  return pending?.session === pair.session && pending.counter === pair.counter;
}

const DEVICES_MAX = 16;

/** Keeps a device token; of too many the oldest goes. */
export const keepDevice = (key: string, token: string): Move => (held) => {
  const { [key]: _, ...others } = held.devices;
  const kept = [...Object.entries(others), [key, token]].slice(-DEVICES_MAX);
  return { ...held, devices: Object.fromEntries(kept) };
};
