import { EndedError, type Held, MemoryStore, type Move, Session, type SessionOptions, type Store, type StoreError } from "../../src/index.js";
import { ClientClock, World } from "./clock.js";
import { Network } from "./network.js";
import { FakeServer } from "./server.js";

export const URL_OF_TENANT = "https://remitjunction.example.com";
export const CREDENTIALS = { email: "hello@remitjunction.co.uk", currentPassword: "Password@1" };

/** A store of which one can say that it fails. */
export class FrailStore implements Store {
  readonly #store: Store;
  failingReads = 0;
  failingWrites = 0;
  hangingWrites = 0;
  writes = 0;

  constructor(store: Store = new MemoryStore()) {
    this.#store = store;
  }

  async read(): Promise<Held> {
    if (this.failingReads-- > 0) throw new Error("the disk is gone");
    return this.#store.read();
  }

  async update(move: Move): Promise<Held> {
    if (this.hangingWrites-- > 0) return new Promise(() => {});
    if (this.failingWrites-- > 0) throw new Error("the disk is full");
    this.writes += 1;
    return this.#store.update(move);
  }

  subscribe(changed: () => void): () => void {
    return this.#store.subscribe?.(changed) ?? (() => {});
  }
}

/** A server, the way to it, and sessions that use them. */
export class Scene {
  readonly world: World;
  readonly server: FakeServer;
  readonly network: Network;
  readonly clock: ClientClock;
  readonly ends: EndedError[] = [];
  readonly storeFailures: StoreError[] = [];

  constructor({ seed = 1, skew = 0 } = {}) {
    this.world = new World(seed);
    this.server = new FakeServer(() => this.world.now());
    this.network = new Network(this.world, this.server);
    this.clock = new ClientClock(this.world, skew);
  }

  session(options: Partial<SessionOptions> = {}): Session {
    return new Session({
      url: URL_OF_TENANT,
      fetch: this.network.fetch,
      clock: this.clock,
      onEnd: (reason) => this.ends.push(reason),
      onStoreFailed: (error) => this.storeFailures.push(error),
      ...options,
    });
  }

  /** A session whose process can be killed: nothing that it still does reaches anybody. */
  killable(options: Partial<SessionOptions> = {}): { session: Session; kill: () => void } {
    let isDead = false;
    const dead = new Promise<never>(() => {});
    const store = options.store ?? new MemoryStore();
    const session = this.session({
      ...options,
      fetch: async (input, init) => {
        if (isDead) return dead;
        const response = await this.network.fetch(input, init);
        return isDead ? dead : response;
      },
      store: {
        read: () => (isDead ? dead : store.read()),
        update: (move) => (isDead ? dead : store.update(move)),
        subscribe: (changed) => store.subscribe?.(() => isDead || changed()) ?? (() => {}),
      },
    });
    return { session, kill: () => (isDead = true) };
  }

  async loggedIn(options: Partial<SessionOptions> = {}): Promise<Session> {
    const session = this.session(options);
    await this.world.run(session.login(CREDENTIALS));
    return session;
  }

  token(session: Session, refused?: string): Promise<string> {
    return this.world.run(session.token(refused));
  }

  /** Lets time pass while the machine sleeps. */
  async sleep(ms: number): Promise<void> {
    this.clock.slept += ms;
    await this.world.advance(ms);
  }
}
