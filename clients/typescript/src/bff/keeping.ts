import type { Pair } from "../pair.js";
import { isNewer } from "../pair.js";
import { COOKIE_BYTES_MAX, type CookieManner, readCookie, setCookie } from "./cookies.js";
import { type Sealer, hash, randomText } from "./sealer.js";

/** What a browser's session consists of. */
export interface Kept {
  readonly pair: Pair;
  /** Makes the ids of its rotations; chosen at login. */
  readonly seed: string;
}

/** Where sessions of browsers are kept, and what the browser holds of them. */
export interface Keeping {
  open(request: Request): Promise<Kept | null>;
  /** Keeps a session that was just opened; the answer is what the browser is told to keep. */
  begin(request: Request, kept: Kept, seconds: number): Promise<string>;
  /** Keeps a session's new pair. */
  renew(request: Request, kept: Kept, seconds: number): Promise<string>;
  /** Forgets it. */
  end(request: Request): Promise<string>;
}

const NAME = "countersign";

/** A session does not fit into a cookie: its account has too many roles, or names that are too long. */
export class TooLargeForCookie extends Error {}

/** Keeps the session in the browser's cookie itself, encrypted: nothing is remembered here. */
export class CookieKeeping implements Keeping {
  readonly #sealer: Sealer;
  readonly #manner: CookieManner;

  constructor(sealer: Sealer, manner: CookieManner) {
    this.#sealer = sealer;
    this.#manner = manner;
  }

  async open(request: Request): Promise<Kept | null> {
    const sealed = readCookie(request, NAME);
    const text = sealed && (await this.#sealer.open(sealed, NAME));
    return text ? (JSON.parse(text) as Kept) : null;
  }

  async begin(_: Request, kept: Kept, seconds: number): Promise<string> {
    const sealed = await this.#sealer.seal(JSON.stringify(kept), NAME);
    if (`__Host-${NAME}=${sealed}`.length > COOKIE_BYTES_MAX) {
      throw new TooLargeForCookie(`the session needs ${sealed.length} bytes, and browsers keep ${COOKIE_BYTES_MAX}: keep sessions in a store`);
    }
    return setCookie(NAME, sealed, seconds, this.#manner);
  }

  renew(request: Request, kept: Kept, seconds: number): Promise<string> {
    return this.begin(request, kept, seconds);
  }

  async end(): Promise<string> {
    return setCookie(NAME, "", 0, this.#manner);
  }
}

/** Where a back-end keeps sessions, such as a table or a cache that its processes share. What it is given is encrypted. */
export interface SessionStore {
  get(id: string): Promise<string | null>;
  set(id: string, value: string, seconds: number): Promise<void>;
  delete(id: string): Promise<void>;
}

/** Keeps the session here; the browser's cookie is a random id, which changes at every login. */
export class StoreKeeping implements Keeping {
  readonly #store: SessionStore;
  readonly #sealer: Sealer;
  readonly #manner: CookieManner;

  constructor(store: SessionStore, sealer: Sealer, manner: CookieManner) {
    this.#store = store;
    this.#sealer = sealer;
    this.#manner = manner;
  }

  async open(request: Request): Promise<Kept | null> {
    const id = readCookie(request, NAME);
    return id ? this.#read(await hash(id)) : null;
  }

  async begin(request: Request, kept: Kept, seconds: number): Promise<string> {
    await this.end(request);
    const id = randomText(32);
    await this.#write(await hash(id), kept, seconds);
    return setCookie(NAME, id, seconds, this.#manner);
  }

  async renew(request: Request, kept: Kept, seconds: number): Promise<string> {
    const id = readCookie(request, NAME) ?? "";
    const name = await hash(id);
    const before = await this.#read(name);
    // Gone: a log-out was faster. Newer: another process was.
    if (before && isNewer(kept.pair, before.pair)) await this.#write(name, kept, seconds);
    return setCookie(NAME, id, seconds, this.#manner);
  }

  async end(request: Request): Promise<string> {
    const id = readCookie(request, NAME);
    if (id) await this.#store.delete(await hash(id));
    return setCookie(NAME, "", 0, this.#manner);
  }

  /** The store knows a hash of the cookie only: whoever reads the store cannot become its people. */
  async #read(name: string): Promise<Kept | null> {
    const sealed = await this.#store.get(name);
    const text = sealed && (await this.#sealer.open(sealed, name));
    return text ? (JSON.parse(text) as Kept) : null;
  }

  async #write(name: string, kept: Kept, seconds: number): Promise<void> {
    await this.#store.set(name, await this.#sealer.seal(JSON.stringify(kept), name), seconds);
  }
}

const SESSIONS_MAX = 10_000;

/** Keeps sessions in the memory of one process; of too many the oldest goes. */
export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, { value: string; until: number }>();

  async get(id: string): Promise<string | null> {
    const session = this.#sessions.get(id);
    return session && session.until > Date.now() ? session.value : null;
  }

  async set(id: string, value: string, seconds: number): Promise<void> {
    this.#sessions.delete(id);
    this.#sessions.set(id, { value, until: Date.now() + seconds * 1_000 });
    for (const oldest of this.#sessions.keys()) if (this.#sessions.size > SESSIONS_MAX) this.#sessions.delete(oldest);
  }

  async delete(id: string): Promise<void> {
    this.#sessions.delete(id);
  }
}
