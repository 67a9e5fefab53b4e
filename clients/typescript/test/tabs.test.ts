import assert from "node:assert/strict";
import { test } from "node:test";
import { EndedError, type Held, MemoryStore, type Move, NOTHING, type Session, type Store, UnreachableError } from "../src/index.js";
import type { World } from "./world/clock.js";
import { CREDENTIALS, Scene } from "./world/scene.js";

const HOUR = 3_600_000;

/** A store as a browser has it: every step takes its time, and a change is put only where nobody else's came first. */
class SlowStore implements Store {
  conflicts = 0;
  readonly #world: World;
  #held: Held = NOTHING;
  readonly #listeners = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
  }

  async read(): Promise<Held> {
    await this.#while();
    return this.#held;
  }

  async update(move: Move): Promise<Held> {
    for (;;) {
      const before = await this.read();
      const after = move(before);
      if (after === before) return before;
      await this.#while();
      if (this.#held === before) {
        this.#held = after;
        for (const changed of this.#listeners) this.#while().then(changed);
        return after;
      }
      this.conflicts += 1;
    }
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #while(): Promise<void> {
    return this.#world.sleep(this.#world.random() * 20);
  }
}

test("twenty tabs of one store: one refresh for each life in the quiet case", async () => {
  const scene = new Scene();
  scene.network.latencyMs = 120;
  const store = new SlowStore(scene.world);
  const tabs = Array.from({ length: 20 }, () => scene.session({ store }));
  await scene.world.run((tabs[0] as Session).login(CREDENTIALS));
  for (let life = 1; life <= 10; life++) {
    await scene.world.advance(HOUR - 290_000);
    // As pages do when each has a timer of its own: not quite at the same moment.
    const asked = tabs.map(async (tab) => {
      await scene.world.sleep(400 + scene.world.random() * 60_000);
      return tab.token();
    });
    // The first of them is enough for everybody.
    for (const token of await scene.world.run(Promise.all(asked))) assert.ok(scene.server.isGood(token));
    assert.equal(scene.server.counts.rotations, life);
  }
  assert.ok(scene.server.counts.refreshRequests <= 11, String(scene.server.counts.refreshRequests));
});

test("twenty tabs that wake at the same moment rotate once, and agree on its id", async () => {
  const scene = new Scene({ seed: 3 });
  scene.network.latencyMs = 120;
  const store = new SlowStore(scene.world);
  const tabs = Array.from({ length: 20 }, () => scene.session({ store }));
  await scene.world.run((tabs[0] as Session).login(CREDENTIALS));
  await scene.sleep(9 * HOUR);
  const tokens = await scene.world.run(Promise.all(tabs.map((tab) => tab.token())));
  assert.ok(tokens.every((token) => scene.server.isGood(token)));
  assert.equal(scene.server.counts.rotations, 1);
  assert.equal(new Set(scene.server.refreshIds).size, 1);
});

test("a tab that comes too late with an old token takes the newer one, however it is refused", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  const mine = await scene.loggedIn({ store });
  await scene.sleep(2 * HOUR);
  // Another holder's refresh and ours cross: ours is answered by something that does not know the session.
  scene.network.fault({ on: "refresh", kind: "status", status: 503 });
  const other = scene.session({ store, fetch: scene.network.fetch });
  const [one, two] = await scene.world.run(Promise.all([mine.token(), other.token()]));
  assert.ok(scene.server.isGood(one) && scene.server.isGood(two));
  assert.equal(scene.server.counts.rotations, 1);
});

test("a log-out in one tab ends all of them, and a login in one opens all of them", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  const tabs = Array.from({ length: 5 }, () => scene.session({ store }));
  const [first, second] = tabs as [Session, Session];
  await scene.world.run(first.login(CREDENTIALS));
  await scene.world.run(Promise.all(tabs.map((tab) => tab.token())));
  await scene.world.run(second.logout());
  await scene.world.advance(10);
  assert.deepEqual(scene.ends.map((end) => end.code), Array(5).fill("LOGGED_OUT"));
  await assert.rejects(scene.token(first), EndedError);
  await scene.world.advance(10);
  await scene.world.run(second.login(CREDENTIALS));
  await scene.world.advance(10);
  assert.equal(new Set(await scene.world.run(Promise.all(tabs.map((tab) => tab.token())))).size, 1);
});

for (let seed = 1; seed <= 12; seed++) {
  test(`twenty tabs, killed at any moment over a bad network, keep one living branch (seed ${seed})`, async () => {
    const scene = new Scene({ seed });
    const { world, server, network } = scene;
    server.settings.accessSeconds = [30, 60, 300, 3_600][seed % 4] as number;
    const life = server.settings.accessSeconds * 1_000;
    const store = new SlowStore(world);
    await world.run(scene.session({ store }).login(CREDENTIALS));
    network.lossRate = 0.2;
    let handed = 0;
    let passing = 0;
    const until = world.elapsed + 40 * life;

    const tab = async (): Promise<void> => {
      while (world.elapsed < until) {
        const { session, kill } = scene.killable({ store });
        const isKilled = world.sleep(world.random() * 3 * life).then(kill);
        let isAlive = true;
        void isKilled.then(() => (isAlive = false));
        while (isAlive) {
          const asked = session.token().then(
            (token) => {
              handed += 1;
              assert.ok(server.isGood(token));
            },
            (error: unknown) => {
              if (!(error instanceof UnreachableError)) throw error;
              passing += 1;
            },
          );
          await Promise.race([asked, isKilled]);
          network.latencyMs = world.random() * 4_000;
          await world.sleep((world.random() * life) / 8);
        }
        session.close();
      }
    };
    await world.run(Promise.all(Array.from({ length: 20 }, tab)));
    assert.equal(server.counts.reuses, 0);
    assert.equal(scene.ends.length, 0);
    assert.ok(handed > 1_000 && passing < handed / 20, `${handed} handed out, ${passing} put off`);
    assert.equal(server.sessions.size, 1);
  });
}
