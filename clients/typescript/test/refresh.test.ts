import assert from "node:assert/strict";
import { test } from "node:test";
import { EndedError, MemoryStore, ProblemError, UnreachableError } from "../src/index.js";
import { CREDENTIALS, FrailStore, Scene } from "./world/scene.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("a token is refreshed five minutes before it expires, and not before", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  const first = await scene.token(session);
  await scene.world.advance(HOUR - 302_000);
  assert.equal(await scene.token(session), first);
  await scene.world.advance(3_000);
  const second = await scene.token(session);
  assert.notEqual(second, first);
  assert.ok(scene.server.isGood(second));
  assert.equal(scene.server.counts.refreshRequests, 1);
});

test("fifty callers share one refresh", async () => {
  const scene = new Scene();
  scene.network.latencyMs = 200;
  const session = await scene.loggedIn();
  await scene.world.advance(2 * HOUR);
  const tokens = await scene.world.run(Promise.all(Array.from({ length: 50 }, () => session.token())));
  assert.equal(new Set(tokens).size, 1);
  assert.equal(scene.server.counts.refreshRequests, 1);
});

for (const skew of [-DAY, 0, DAY]) {
  for (const accessSeconds of [30, 300, 3_600, 86_400]) {
    test(`tokens of ${accessSeconds} s are good on a clock that is ${skew / HOUR} h off, also to whoever reopens the store`, async () => {
      const scene = new Scene({ skew });
      scene.server.settings.accessSeconds = accessSeconds;
      const store = new MemoryStore();
      let session = await scene.loggedIn({ store });
      const steps = 40;
      for (let step = 0; step < steps; step++) {
        assert.ok(scene.server.isGood(await scene.token(session)));
        await scene.world.advance((accessSeconds * 1_000) / 10);
        if (step % 7 === 0) session = scene.session({ store });
      }
      // Four lives, each refreshed when a fifth of it (five minutes of a long one) is left.
      assert.ok(scene.server.counts.refreshRequests >= 3 && scene.server.counts.refreshRequests <= 5, String(scene.server.counts.refreshRequests));
    });
  }
}

test("a token is old after a sleep, whichever clock noticed it, and after the wall clock was put back", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  await scene.sleep(8 * HOUR);
  assert.ok(scene.server.isGood(await scene.token(session)));
  scene.clock.skew = -30 * DAY;
  await scene.world.advance(HOUR);
  assert.ok(scene.server.isGood(await scene.token(session)));
  assert.equal(scene.server.counts.rotations, 2);
});

test("an answer on its way for long does not make a token look younger", async () => {
  const scene = new Scene();
  scene.server.settings.accessSeconds = 30;
  const session = scene.session();
  scene.network.fault({ on: "login", kind: "delay", ms: 14_000 });
  await scene.world.run(session.login({ email: "a@b.c", currentPassword: "Password@1" }));
  await scene.world.advance(15_500);
  assert.ok(scene.server.isGood(await scene.token(session)));
  assert.equal(scene.server.counts.rotations, 1);
});

for (const kind of ["drop-before", "drop-after", "cut", "html"] as const) {
  test(`a refresh whose answer is lost (${kind}) is repeated with the same id, and the session goes on`, async () => {
    const scene = new Scene();
    const session = await scene.loggedIn();
    await scene.sleep(2 * HOUR);
    scene.network.fault({ on: "refresh", kind, times: 3 });
    assert.ok(scene.server.isGood(await scene.token(session)));
    assert.equal(new Set(scene.server.refreshIds).size, 1);
    assert.equal(scene.server.counts.rotations, 1);
    assert.equal(scene.network.refreshesSent, 4);
  });
}

for (const status of [500, 502, 503, 504, 429]) {
  test(`a ${status} passes`, async () => {
    const scene = new Scene();
    const session = await scene.loggedIn();
    await scene.sleep(2 * HOUR);
    scene.network.fault({ on: "refresh", kind: "status", status, times: 2 });
    assert.ok(scene.server.isGood(await scene.token(session)));
    assert.equal(scene.ends.length, 0);
  });
}

test("Retry-After is waited for, in seconds or as a date, and a long one is told instead", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  await scene.sleep(2 * HOUR);
  scene.network.fault({ on: "refresh", kind: "status", status: 503, retryAfter: 4 });
  let before = scene.world.elapsed;
  await scene.token(session);
  assert.ok(scene.world.elapsed - before >= 4_000 && scene.world.elapsed - before < 5_000);

  await scene.sleep(2 * HOUR);
  // By a clock of the server's, which answers in whole seconds.
  scene.network.fault({ on: "refresh", kind: "status", status: 503, retryAfter: new Date(scene.world.now() + 3_000).toUTCString() });
  before = scene.world.elapsed;
  await scene.token(session);
  assert.ok(scene.world.elapsed - before >= 1_000 && scene.world.elapsed - before < 5_000);

  await scene.sleep(2 * HOUR);
  scene.network.fault({ on: "refresh", kind: "status", status: 503, retryAfter: 120 });
  before = scene.world.elapsed;
  await assert.rejects(scene.token(session), (error: unknown) => error instanceof UnreachableError && error.retryAfter === 120 && error.status === 503);
  assert.equal(scene.world.elapsed, before);
  // Asking again at once asks nobody: the server said when.
  const sent = scene.network.refreshesSent;
  await assert.rejects(scene.token(session), (error: unknown) => error instanceof UnreachableError && Number(error.retryAfter) > 100);
  assert.equal(scene.network.refreshesSent, sent);
  await scene.world.advance(121_000);
  assert.ok(scene.server.isGood(await scene.token(session)));
});

test("while the old token is good, an outage costs its callers next to nothing", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  const first = await scene.token(session);
  await scene.world.advance(HOUR - 240_000);
  scene.network.isDown = true;
  const before = scene.world.elapsed;
  for (let n = 0; n < 200; n++) assert.equal(await scene.token(session), first);
  assert.ok(scene.world.elapsed - before <= 1_000, String(scene.world.elapsed - before));
  assert.ok(scene.network.refreshesSent <= 4, String(scene.network.refreshesSent));
});

test("an outage is not amplified: retries have a budget", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  await scene.sleep(2 * HOUR);
  scene.network.isDown = true;
  const before = scene.world.elapsed;
  let calls = 0;
  while (scene.world.elapsed - before < 600_000) {
    await assert.rejects(scene.token(session), UnreachableError);
    calls += 1;
  }
  assert.ok(scene.network.refreshesSent <= calls + 10, `${scene.network.refreshesSent} for ${calls}`);
  scene.network.isDown = false;
  assert.ok(scene.server.isGood(await scene.token(session)));
  assert.equal(scene.server.counts.reuses, 0);
});

test("a request that hangs is given up and repeated", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn({ timeoutMs: 2_000 });
  await scene.sleep(2 * HOUR);
  scene.network.fault({ on: "refresh", kind: "delay", ms: 60_000 });
  assert.ok(scene.server.isGood(await scene.token(session)));
  assert.equal(scene.server.counts.repeats, 1);
});

test("whoever goes on after a crash repeats the rotation under the same id, even hours later", async () => {
  const scene = new Scene();
  const store = new MemoryStore();
  const { session, kill } = scene.killable({ store });
  await scene.world.run(session.login(CREDENTIALS));
  await scene.sleep(2 * HOUR);
  scene.network.latencyMs = 100;
  session.token().catch(() => {});
  await scene.world.advance(70);
  kill();
  assert.equal(scene.server.counts.rotations, 1);
  await scene.sleep(23 * HOUR);
  const reopened = scene.session({ store });
  assert.ok(scene.server.isGood(await scene.token(reopened)));
  assert.equal(scene.server.counts.reuses, 0);
  assert.equal(new Set(scene.server.refreshIds).size, 1);
  assert.equal((await store.read()).pending, null);
  await scene.sleep(2 * HOUR);
  await scene.token(reopened);
  assert.equal(new Set(scene.server.refreshIds).size, 2);
});

test("a refusal by something in between is an error and ends nothing", async () => {
  const scene = new Scene();
  const session = await scene.loggedIn();
  await scene.sleep(2 * HOUR);
  for (const status of [401, 403, 400, 404]) {
    scene.network.fault({ on: "refresh", kind: "html", status });
    await assert.rejects(scene.token(session), (error: unknown) => error instanceof ProblemError && error.code === `HTTP_${status}`);
  }
  assert.ok(scene.server.isGood(await scene.token(session)));
  assert.equal(scene.ends.length, 0);
});

test("a session that the server ended ends once, for everybody who waits and whoever comes later", async () => {
  const scene = new Scene();
  const store = new FrailStore();
  const session = await scene.loggedIn({ store });
  const { pair, devices } = await store.read();
  scene.server.end(String(pair?.session), "requested");
  await scene.sleep(2 * HOUR);
  const waiting = await scene.world.run(Promise.allSettled([session.token(), session.token(), session.token()]));
  const reasons = waiting.map((one) => one.status === "rejected" && one.reason);
  assert.ok(reasons.every((reason) => reason instanceof EndedError && reason === reasons[0]));
  assert.equal(scene.ends.length, 1);
  assert.equal(scene.ends[0]?.code, "INVALID_REFRESH_TOKEN");
  const asked = scene.server.counts.requests;
  await assert.rejects(scene.token(session), (error) => error === reasons[0]);
  assert.equal(scene.server.counts.requests, asked);
  const held = await store.read();
  assert.equal(held.pair, null);
  assert.deepEqual(held.devices, devices);
  assert.equal(session.user, null);
});

for (const thief of ["before", "after"]) {
  test(`a thief who uses the refresh token ${thief} the owner is found out, and the owner told`, async () => {
    const scene = new Scene();
    const store = new MemoryStore();
    const session = await scene.loggedIn({ store });
    const stolen = String((await store.read()).pair?.refreshToken);
    const steal = (): number => {
      const headers = new Headers({ uuid: "6f9619ff-8b86-4011-b42d-00c04fc964ff", platform: "fincode", "user-agent": "thief" });
      const path = "/api/v6/services/securitymanagement/refresh-token";
      return scene.server.answer({ method: "PUT", path, headers, body: JSON.stringify({ refresh_token: stolen }) }).status;
    };
    await scene.sleep(2 * HOUR);
    if (thief === "before") {
      assert.equal(steal(), 200);
      await scene.world.advance(20_000);
    } else {
      await scene.token(session);
      await scene.world.advance(20_000);
      assert.equal(steal(), 403);
      await scene.sleep(2 * HOUR);
    }
    await assert.rejects(scene.token(session), EndedError);
    const [end] = scene.ends;
    if (thief === "before") {
      assert.equal(end?.code, "REFRESH_TOKEN_REUSED");
      assert.match(String(end?.message), /[Ss]omebody else.*change your password/);
    } else {
      assert.equal(end?.code, "INVALID_REFRESH_TOKEN");
    }
  });
}
