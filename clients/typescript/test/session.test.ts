import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { CountersignError, EndedError, MemoryStore, ProblemError, Session, StoreError, UnreachableError } from "../src/index.js";
import { CREDENTIALS, FrailStore, Scene, URL_OF_TENANT } from "./world/scene.js";

const HOUR = 3_600_000;

test("a login is never repeated by itself", async () => {
  const scene = new Scene();
  for (const kind of ["drop-before", "drop-after", "cut"] as const) {
    scene.network.fault({ on: "login", kind });
    await assert.rejects(scene.world.run(scene.session().login(CREDENTIALS)), UnreachableError);
  }
  scene.network.fault({ on: "login", kind: "status", status: 503, retryAfter: 7 });
  await assert.rejects(scene.world.run(scene.session().login(CREDENTIALS)), (error: unknown) => error instanceof UnreachableError && error.retryAfter === 7);
  assert.equal(scene.server.counts.logins, 2);
});

test("a refused login says what the server said", async () => {
  const scene = new Scene();
  const refused = scene.world.run(scene.session().login({ ...CREDENTIALS, currentPassword: "wrong password" }));
  await assert.rejects(refused, (error: unknown) => error instanceof ProblemError && error.code === "INVALID_CREDENTIALS" && error.status === 401 && error.requestId === "the request");
});

test("the device token outlives the session and goes with the next login of the same person only", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  const session = await scene.loggedIn({ store });
  await scene.world.run(session.logout());
  const bodies: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    bodies.push(String(init?.body));
    return scene.network.fetch(input, init);
  };
  const next = scene.session({ store, fetch });
  await scene.world.run(next.login({ ...CREDENTIALS, email: " Hello@RemitJunction.co.uk" }));
  await scene.world.run(next.login({ ...CREDENTIALS, email: "other@remitjunction.co.uk" }));
  assert.equal(JSON.parse(bodies[0] ?? "").deviceToken, `device of ${CREDENTIALS.email}`);
  assert.equal(JSON.parse(bodies[1] ?? "").deviceToken, undefined);
});

test("a log-out forgets everything, and says whether the server knows", async () => {
  for (const isDown of [false, true]) {
    const scene = new Scene();
    const store = new MemoryStore();
    const session = await scene.loggedIn({ store });
    scene.network.isDown = isDown;
    assert.deepEqual(await scene.world.run(session.logout()), { serverKnows: !isDown });
    assert.equal((await store.read()).pair, null);
    assert.equal(session.user, null);
    await assert.rejects(scene.token(session), (error: unknown) => error instanceof EndedError && error.code === "LOGGED_OUT");
    assert.equal(scene.ends.length, 1);
    assert.deepEqual(await scene.world.run(session.logout()), { serverKnows: true });
    assert.equal(scene.server.counts.logouts, isDown ? 0 : 1);
  }
});

test("a log-out whose answer is lost is repeated", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  scene.network.fault({ on: "logout", kind: "drop-after" });
  assert.deepEqual(await scene.world.run(session.logout()), { serverKnows: true });
  assert.equal(scene.server.counts.logouts, 2);
});

test("a refresh under way does not bring back a session that was logged out", async () => {
  const scene = new Scene();
  scene.network.latencyMs = 500;
  const store = new MemoryStore();
  const session = await scene.loggedIn({ store });
  await scene.sleep(2 * HOUR);
  const token = session.token();
  token.catch(() => {});
  await scene.world.advance(400);
  await scene.world.run(session.logout());
  await assert.rejects(scene.world.run(token), EndedError);
  assert.equal((await store.read()).pair, null);
});

test("nobody is logged in: that is said, and not told as an end", async () => {
  const scene = new Scene();
  await assert.rejects(scene.token(scene.session()), (error: unknown) => error instanceof EndedError && error.code === "NOT_LOGGED_IN");
  assert.equal(scene.ends.length, 0);
});

test("a store that fails or hangs is told, goes on in memory, and is made up for", async () => {
  for (const how of ["failingWrites", "hangingWrites"] as const) {
    const scene = new Scene();
    const store = new FrailStore();
    const session = await scene.loggedIn({ store });
    await scene.sleep(2 * HOUR);
    store[how] = 2;
    const token = await scene.token(session);
    assert.ok(scene.server.isGood(token));
    assert.ok(scene.storeFailures.length === 2 && scene.storeFailures[0] instanceof StoreError);
    assert.notEqual((await store.read()).pair?.accessToken, token);
    assert.equal(await scene.token(session), token);
    await scene.world.advance(10);
    assert.equal((await store.read()).pair?.accessToken, token);
    assert.equal(scene.server.counts.refreshRequests, 1);
  }
});

test("a store that could not be cleared is cleared at the next chance", async () => {
  const scene = new Scene();
  const store = new FrailStore();
  const session = await scene.loggedIn({ store });
  store.failingWrites = 1;
  await scene.world.run(session.logout());
  assert.notEqual((await store.read()).pair, null);
  await assert.rejects(scene.token(session), EndedError);
  await scene.world.advance(10);
  assert.equal((await store.read()).pair, null);
});

test("a store that cannot be read is not taken for an empty one", async () => {
  const scene = new Scene();
  const store = new FrailStore();
  await scene.loggedIn({ store });
  const reopened = scene.session({ store });
  store.failingReads = 1;
  await assert.rejects(scene.token(reopened), StoreError);
  assert.ok(scene.server.isGood(await scene.token(reopened)));
});

test("tokens of another server in the same store are not sent to this one", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  await scene.loggedIn({ store });
  const other = scene.session({ store, url: "https://otherjunction.example.com" });
  await assert.rejects(scene.token(other), EndedError);
});

test("a request is authorised, and repeated once after its token was refused", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  const token = await scene.token(session);
  scene.server.refused.add(token);
  const response = await scene.world.run(session.fetch("/api/v6/services/transfers/list", { method: "POST", body: "{}" }));
  assert.equal(response.status, 200);
  assert.notEqual(await scene.token(session), token);
  assert.equal(scene.server.counts.rotations, 1);
});

test("a stream is sent once", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  scene.server.refused.add(await scene.token(session));
  const body = new Blob(["{}"]).stream();
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  assert.equal((await scene.world.run(session.fetch("/api/v6/services/transfers/list", init))).status, 401);
});

test("a service that takes no token at all does not set off a storm of refreshes", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn({ origins: ["https://api.example.com"] });
  const refusing = scene.session({ origins: ["https://api.example.com"], fetch: async (input, init) => {
    if (String(input).startsWith("https://api")) return new Response("{}", { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
    return scene.network.fetch(input, init);
  } });
  await scene.world.run(refusing.login(CREDENTIALS));
  for (let n = 0; n < 20; n++) assert.equal((await scene.world.run(refusing.fetch("https://api.example.com/x"))).status, 401);
  assert.ok(scene.server.counts.refreshRequests <= 1);
  session.close();
});

test("a token is not sent to an origin that nobody named, nor after a redirect", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  await assert.rejects(scene.world.run(session.fetch("https://evil.example/")), TypeError);
  let redirect: string | undefined;
  const watched = await scene.loggedIn({ fetch: async (input, init) => {
    redirect = init?.redirect;
    return scene.network.fetch(input, init);
  } });
  await scene.world.run(watched.fetch("/x", { redirect: "follow" }));
  assert.equal(redirect, "error");
});

test("the calls of the contract carry the token, and survive one that was refused", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  const page = await scene.world.run(session.api.listCustomers({ query: { search: "ada", limit: 10 } }));
  assert.equal((page as unknown as { path: string }).path, "usermanagement/customers");
  scene.server.refused.add(await scene.token(session));
  await scene.world.run(session.api.unlock({ path: { id: "01a22f02-e523-74fd-a991-02808f7edb44" } }));
  scene.network.fault({ on: "*", kind: "drop-before" });
  await assert.rejects(scene.world.run(session.api.changePassword({ body: { currentPassword: "a", newPassword: "b" } })), UnreachableError);
  scene.network.fault({ on: "*", kind: "drop-before" });
  await scene.world.run(session.api.profile());
  assert.throws(() => session.api.endSession({ path: { id: ".." } }), TypeError);
});

test("an API token is sent as it is", async () => {
  const scene = new Scene();
  const session = Session.fromApiToken({ url: URL_OF_TENANT, token: "countersign_x", clock: scene.clock, fetch: scene.network.fetch });
  assert.equal(await session.token("countersign_x"), "countersign_x");
  assert.throws(() => Session.fromApiToken({ url: URL_OF_TENANT }), TypeError);
  process.env["COUNTERSIGN_API_TOKEN"] = "countersign_y";
  assert.equal(await Session.fromApiToken({ url: URL_OF_TENANT }).token(), "countersign_y");
  delete process.env["COUNTERSIGN_API_TOKEN"];
});

test("no secret can be printed", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  const session = await scene.loggedIn({ store });
  const { pair, devices } = await store.read();
  const secrets = [pair?.accessToken, pair?.refreshToken, ...Object.values(devices), CREDENTIALS.currentPassword].map(String);
  scene.network.fault({ on: "refresh", kind: "cut" });
  const errors = await scene.world.run(
    Promise.allSettled([
      scene.session().login({ ...CREDENTIALS, currentPassword: "wrong Password@1" }),
      scene.loggedIn({ fetch: async () => new Response(`${pair?.accessToken}`) }),
    ]),
  );
  const printed = [session, store, scene.session(), ...errors.map((error) => error.status === "rejected" && error.reason)];
  assert.ok(errors.every((error) => error.status === "rejected" && error.reason instanceof CountersignError));
  for (const thing of printed) {
    for (const text of [inspect(thing, { depth: 9, showHidden: true }), JSON.stringify(thing), String(thing)]) {
      for (const secret of secrets) assert.ok(!text.includes(secret), text);
    }
  }
});
