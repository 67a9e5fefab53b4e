import { LATE, within } from "./clock.js";
import type { Connection } from "./connection.js";
import { EndedError, StoreError } from "./errors.js";
import { type End, type Held, type Move, finish, keep, keepDevice, replace } from "./held.js";
import { type Pair, isNewer } from "./pair.js";
import type { Store } from "./stores/store.js";

/** What a session tells its owner without being asked. */
export interface SessionEvents {
  /** The session is over; called once for each, with the reason. */
  readonly onEnd?: (reason: EndedError) => void;
  /** What is kept could not be read or written; the session goes on in memory and tries again. */
  readonly onStoreFailed?: (error: StoreError) => void;
}

/** A store that takes longer is as good as none: tokens must not wait for a database that hangs. */
const STORE_WAIT_MS = 2_000;

/** One holder's memory of a session, and its dealings with a store that others share. */
export class Keeper {
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #events: SessionEvents;
  #pair: Pair | null = null;
  #ended: EndedError | null = null;
  #end: End | null = null;
  /** Device tokens that the store has not taken yet. */
  readonly #devices = new Map<string, string>();
  /** Counts writes that failed since the last that made up for them. */
  #owed = 0;

  constructor(store: Store, connection: Connection, events: SessionEvents) {
    this.#store = store;
    this.#connection = connection;
    this.#events = events;
  }

  /** The newest pair that this holder knows of. */
  get pair(): Pair | null {
    return this.#pair;
  }

  /** The end of the session that this holder had, until there is another. */
  get ended(): EndedError | null {
    return this.#ended;
  }

  /** Follows what other holders do, where the store can tell; answers how to stop. */
  follow(): () => void {
    return this.#store.subscribe?.(() => void this.read()) ?? (() => {});
  }

  /** Reads the store anew; null where it could not be read. */
  async read(): Promise<Held | null> {
    return this.#adopt(await this.#attempt(() => this.#store.read()));
  }

  /** Changes what is kept, with whatever earlier failures left to be written; null where it could not be written. */
  async write(move: Move): Promise<Held | null> {
    const owed = this.#owed;
    const held = await this.#attempt(() => this.#store.update(owed ? (held) => move(this.#settle(held)) : move));
    if (!held) this.#owed += 1;
    else if (this.#owed === owed) this.#settled();
    return this.#adopt(held);
  }

  /** Makes up for writes that failed, if there are any. */
  makeUp(): void {
    if (this.#owed) void this.write((held) => held);
  }

  /** A login replaces whatever there was. */
  async open(pair: Pair, device: { key: string; token: string } | null): Promise<void> {
    this.#pair = pair;
    this.#ended = this.#end = null;
    if (device) this.#devices.set(device.key, device.token);
    await this.write((held) => replace(pair)(device ? keepDevice(device.key, device.token)(held) : held));
  }

  /** A rotation has given a new pair. */
  async take(pair: Pair): Promise<void> {
    if (this.#ended) return;
    if (!this.#pair || isNewer(pair, this.#pair)) this.#pair = pair;
    await this.write(keep(pair));
  }

  /** Keeps a device token apart from the session. */
  async takeDevice(key: string, token: string): Promise<void> {
    this.#devices.set(key, token);
    await this.write(keepDevice(key, token));
  }

  /** The session is over: forgets its tokens, here and in the store. */
  async finish(session: string, reason: EndedError): Promise<void> {
    this.#forget(session, reason);
    await this.write(finish({ session, code: reason.code, message: reason.message }));
  }

  #forget(session: string, reason: EndedError): void {
    if (this.#pair?.session !== session) return;
    this.#pair = null;
    this.#ended = reason;
    this.#end = { session, code: reason.code, message: reason.message };
    const tell = this.#events.onEnd;
    if (tell) queueMicrotask(() => tell(reason));
  }

  /** Takes over what another holder has done. */
  #adopt(held: Held | null): Held | null {
    const theirs = held?.pair;
    const isOurs = theirs?.origin === this.#connection.origin && theirs.session !== this.#end?.session;
    if (theirs && isOurs) {
      this.#connection.time.adopt(theirs.receivedAt.server, theirs.receivedAt.wall);
      if (!this.#pair || isNewer(theirs, this.#pair)) {
        this.#pair = theirs;
        this.#ended = this.#end = null;
      }
    }
    if (held?.end) this.#forget(held.end.session, new EndedError(held.end));
    return held;
  }

  /** What memory knows and the store has missed. */
  #settle(held: Held): Held {
    for (const [key, token] of this.#devices) held = keepDevice(key, token)(held);
    if (this.#end) held = finish(this.#end)(held);
    return this.#pair ? keep(this.#pair)(held) : held;
  }

  #settled(): void {
    this.#owed = 0;
    this.#devices.clear();
  }

  async #attempt(work: () => Promise<Held>): Promise<Held | null> {
    let cause: unknown = "it took too long";
    try {
      const held = await within(this.#connection.clock, STORE_WAIT_MS, work());
      if (held !== LATE) return held;
    } catch (error) {
      cause = error;
    }
    const error = new StoreError({ code: "STORE", message: "The session could not be kept on this device.", cause });
    const tell = this.#events.onStoreFailed;
    if (tell) queueMicrotask(() => tell(error));
    return null;
  }
}
