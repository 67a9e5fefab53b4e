import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Bff, type BffOptions, GUARD_HEADER, MemorySessionStore, nodeListener } from "../src/bff/index.js";
import { CREDENTIALS, Scene, URL_OF_TENANT } from "./world/scene.js";

const HOUR = 3_600_000;
const ORIGIN = "https://app.example.com";
const KEY = randomBytes(32).toString("base64");

/** A browser: keeps cookies, and says where its calls come from. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly #scene: Scene;
  bff: Bff;

  constructor(scene: Scene, bff: Bff) {
    this.#scene = scene;
    this.bff = bff;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, keep = true): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const own = { cookie, "sec-fetch-site": "same-origin", [GUARD_HEADER]: "1", ...headers };
    const sent = new Headers(Object.entries(own).filter(([, value]) => value !== ""));
    const init = body === undefined ? { method, headers: sent } : { method, headers: sent, body: JSON.stringify(body) };
    const response = await this.#scene.world.run(this.bff.handle(new Request(`${ORIGIN}${path}`, init), { clientAddress: "203.0.113.7" }));
    if (keep) this.keep(response);
    return response;
  }

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*); (.*)$/.exec(line) ?? [];
      assert.match(String(name), /^__Host-/);
      for (const flag of ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]) assert.ok(rest?.includes(flag), line);
      if (value) this.cookies.set(String(name), value);
      else this.cookies.delete(String(name));
    }
  }
}

function setUp(options: Partial<BffOptions> = {}, scene = new Scene()): { scene: Scene; bff: Bff; browser: Browser } {
  scene.world.waitsForThreads = true;
  const bff = new Bff({ url: URL_OF_TENANT, origin: ORIGIN, keys: [KEY], clock: scene.clock, fetch: scene.network.fetch, ...options });
  return { scene, bff, browser: new Browser(scene, bff) };
}

for (const kind of ["cookie", "store"] as const) {
  const options = (): Partial<BffOptions> => (kind === "store" ? { store: new MemorySessionStore() } : {});

  test(`${kind}: log in, call, log out; no token reaches the browser`, async () => {
    const { scene, browser } = setUp(options());
    const login = await browser.call("POST", "/bff/login", CREDENTIALS);
    assert.equal(login.status, 200);
    const text = await login.text();
    assert.ok(!text.includes("token") && !text.includes("eyJ"), text);
    const cookie = String(browser.cookies.get("__Host-countersign"));
    assert.ok(!cookie.includes("eyJ") && cookie.length < 4_096);
    assert.equal(login.headers.get("cache-control"), "no-store");
    const state = (await (await browser.call("GET", "/bff/session")).json()) as { user: { email: string } };
    assert.equal(state.user.email, CREDENTIALS.email);
    const called = await browser.call("POST", "/bff/api/transfers/list", { amount: 1 });
    assert.deepEqual(await called.json(), { path: "transfers/list", body: '{"amount":1}' });
    assert.deepEqual(await (await browser.call("POST", "/bff/logout")).json(), { serverKnows: true });
    assert.equal(browser.cookies.has("__Host-countersign"), false);
    assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 401);
    assert.equal(scene.server.counts.logouts, 1);
    assert.ok(browser.cookies.has("__Host-countersign-device"));
  });

  test(`${kind}: a login changes what the browser holds, and ends the session before it`, async () => {
    const { scene, browser } = setUp(options());
    await browser.call("POST", "/bff/login", CREDENTIALS);
    const before = browser.cookies.get("__Host-countersign");
    await browser.call("POST", "/bff/login", CREDENTIALS);
    assert.notEqual(browser.cookies.get("__Host-countersign"), before);
    await scene.world.advance(100);
    assert.equal([...scene.server.sessions.values()].filter(({ end }) => !end).length, 1);
  });

  test(`${kind}: thirty requests at once over several processes are one rotation, and late ones lose nothing`, async () => {
    const scene = new Scene();
    const shared = options();
    const { browser } = setUp(shared, scene);
    await browser.call("POST", "/bff/login", CREDENTIALS);
    scene.network.latencyMs = 300;
    for (let life = 0; life < 5; life++) {
      await scene.sleep(2 * HOUR);
      scene.network.fault({ on: "refresh", kind: "drop-after" });
      const processes = Array.from({ length: 3 }, () => setUp(shared, scene).bff);
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { cookie, "sec-fetch-site": "same-origin", [GUARD_HEADER]: "1" };
      const asked = Array.from({ length: 30 }, async (_, n) => {
        await scene.world.sleep(n * 700);
        return (processes[n % 3] as Bff).handle(new Request(`${ORIGIN}/bff/api/transfers/list`, { headers }));
      });
      const answers = await scene.world.run(Promise.all(asked));
      assert.ok(answers.every(({ status }) => status === 200));
      // Any of the answers may be the last that the browser hears.
      browser.keep(answers[Math.floor(scene.world.random() * 30)] as Response);
      browser.bff = processes[0] as Bff;
    }
    assert.equal(scene.server.counts.rotations, 5);
    assert.equal(scene.server.counts.reuses, 0);
    assert.ok(scene.server.counts.refreshRequests <= 5 * 4, String(scene.server.counts.refreshRequests));
  });

  test(`${kind}: a browser that never heard of the new cookie is let in hours later, by another process`, async () => {
    const scene = new Scene();
    const shared = options();
    const { browser } = setUp(shared, scene);
    await browser.call("POST", "/bff/login", CREDENTIALS);
    await scene.sleep(2 * HOUR);
    // The process dies between the server's answer and its own.
    scene.network.fault({ on: "refresh", kind: "drop-after", times: 100 });
    assert.equal((await browser.call("GET", "/bff/api/transfers/list", undefined, {}, false)).status, 502);
    scene.network.faults.length = 0;
    await scene.sleep(20 * HOUR);
    browser.bff = setUp(shared, scene).bff;
    assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 200);
    assert.deepEqual([scene.server.counts.rotations, scene.server.counts.reuses, new Set(scene.server.refreshIds).size], [1, 0, 1]);
  });

  test(`${kind}: the end of a session is told once and clears the cookie`, async () => {
    const { scene, browser } = setUp(options());
    await browser.call("POST", "/bff/login", CREDENTIALS);
    for (const session of scene.server.sessions.values()) session.end = "requested";
    await scene.sleep(2 * HOUR);
    const answer = await browser.call("GET", "/bff/api/transfers/list");
    assert.equal(answer.status, 401);
    assert.equal(((await answer.json()) as { code: string }).code, "INVALID_REFRESH_TOKEN");
    assert.equal(browser.cookies.has("__Host-countersign"), false);
  });
}

test("an API token that has run out logs nobody out", async () => {
  const { scene, browser } = setUp({ apiToken: "countersign_x", fetch: async (input, init) => {
    if (isRefresh && String(input).endsWith("refresh-token")) return Response.json({ code: "INVALID_TOKEN" }, { status: 401 });
    return scene.network.fetch(input, init);
  } });
  let isRefresh = true;
  await browser.call("POST", "/bff/login", CREDENTIALS);
  await scene.sleep(2 * HOUR);
  assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 401);
  isRefresh = false;
  assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 200);
});

test("other sites cannot call: by Fetch Metadata, else by Origin, and never without the header", async () => {
  const { browser, scene } = setUp();
  await browser.call("POST", "/bff/login", CREDENTIALS);
  const foreign: [string, Record<string, string>][] = [
    ["POST", { "sec-fetch-site": "cross-site" }],
    ["POST", { "sec-fetch-site": "same-site" }],
    ["POST", { "sec-fetch-site": "none" }],
    ["GET", { "sec-fetch-site": "cross-site" }],
    ["POST", { [GUARD_HEADER]: "" }],
    ["GET", { [GUARD_HEADER]: "" }],
    ["POST", { "sec-fetch-site": "", origin: "https://evil.example" }],
    ["POST", { "sec-fetch-site": "", origin: "null" }],
    ["POST", { "sec-fetch-site": "" }],
  ];
  const before = scene.server.counts.requests;
  for (const [method, headers] of foreign) {
    for (const path of ["/bff/login", "/bff/logout", "/bff/api/usermanagement/deactivate-user-account/1", "/bff/session"]) {
      const answer = await browser.call(method, path, method === "POST" ? CREDENTIALS : undefined, headers);
      assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
  }
  assert.equal(scene.server.counts.requests, before);
  const old = await browser.call("POST", "/bff/api/transfers/list", {}, { "sec-fetch-site": "", origin: ORIGIN });
  assert.equal(old.status, 200);
});

test("what would give tokens to the browser, or leads elsewhere, is not passed on", async () => {
  const { browser, scene } = setUp();
  await browser.call("POST", "/bff/login", CREDENTIALS);
  const before = scene.server.counts.requests;
  const paths = ["securitymanagement/login", "securitymanagement/refresh-token", "securitymanagement/logout", "SecurityManagement/Login"];
  const tricks = ["x/%2e%2e/securitymanagement/login", "securitymanagement/%6cogin", "a%2Fb/c", "//evil.example/x", "x", "a/b/%2E%2E%2Fc", "a/b\\c/%5cd"];
  for (const path of [...paths, ...tricks]) assert.equal((await browser.call("PUT", `/bff/api/${path}`, {})).status, 404, path);
  assert.equal(scene.server.counts.requests, before);
  for (const [method, path] of [["GET", "/bff/login"], ["GET", "/bff/logout"], ["DELETE", "/bff/session"], ["GET", "/other"]] as const) {
    assert.equal((await browser.call(method, path)).status, 404);
  }
});

test("the client's address is named with the API token, beside the person's own token", async () => {
  const seen: Headers[] = [];
  const { browser, scene } = setUp({ apiToken: "countersign_x", fetch: (input, init) => {
    seen.push(new Headers(init?.headers));
    return scene.network.fetch(input, init);
  } });
  await browser.call("POST", "/bff/login", CREDENTIALS);
  await browser.call("GET", "/bff/api/transfers/list", undefined, { "user-agent": "a browser" });
  for (const headers of seen) {
    assert.equal(headers.get("x-client-address"), "203.0.113.7");
    assert.equal(headers.get("authorization"), "Bearer countersign_x");
  }
  assert.match(String(seen[1]?.get("x-auth-token")), /^eyJ/);
  assert.equal(seen[1]?.get("user-agent"), "a browser");
  assert.equal(seen[1]?.has("cookie"), false);
});

test("keys are rotated by putting a new one first; a cookie under a key that is gone is none", async () => {
  const { scene, browser } = setUp();
  await browser.call("POST", "/bff/login", CREDENTIALS);
  const next = randomBytes(32).toString("base64url");
  browser.bff = setUp({ keys: [next, KEY] }, scene).bff;
  await scene.sleep(2 * HOUR);
  assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 200);
  browser.bff = setUp({ keys: [next] }, scene).bff;
  assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 200);
  browser.bff = setUp({ keys: [KEY] }, scene).bff;
  assert.equal((await browser.call("GET", "/bff/api/transfers/list")).status, 401);
  assert.throws(() => setUp({ keys: ["c2hvcnQ="] }), TypeError);
  assert.throws(() => setUp({ keys: [] }), TypeError);
});

test("a session too large for a cookie is refused clearly, and not left open", async (t) => {
  t.mock.method(console, "error", () => {});
  const { scene, browser } = setUp();
  const answer = await browser.call("POST", "/bff/login", { ...CREDENTIALS, email: `${"a".repeat(3_000)}@b.c` });
  assert.equal(answer.status, 500);
  assert.ok([...scene.server.sessions.values()].every(({ end }) => end));
});

test("a refused login says why, and an outage is told as one", async () => {
  const { scene, browser } = setUp();
  const wrong = await browser.call("POST", "/bff/login", { ...CREDENTIALS, currentPassword: "wrong password" });
  assert.deepEqual([wrong.status, ((await wrong.json()) as { code: string }).code], [401, "INVALID_CREDENTIALS"]);
  assert.equal((await browser.call("POST", "/bff/login", "text")).status, 400);
  scene.network.fault({ on: "login", kind: "status", status: 503, retryAfter: 3 });
  const busy = await browser.call("POST", "/bff/login", CREDENTIALS);
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "3"]);
  scene.network.isDown = true;
  assert.equal((await browser.call("POST", "/bff/login", CREDENTIALS)).status, 502);
});

test("node:http serves it, and leaves other paths alone", async () => {
  const scene = new Scene();
  const bff = new Bff({ url: URL_OF_TENANT, origin: ORIGIN, keys: [KEY], fetch: scene.network.fetch });
  const listener = nodeListener(bff);
  const server = createServer((request, response) => {
    void listener(request, response).then((isServed) => isServed || response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { [GUARD_HEADER]: "1", "sec-fetch-site": "same-origin" };
  const login = await fetch(`${base}/bff/login`, { method: "POST", headers, body: JSON.stringify(CREDENTIALS) });
  assert.equal(login.status, 200);
  assert.equal(login.headers.getSetCookie().length, 2);
  const cookie = login.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  const called = await fetch(`${base}/bff/api/transfers/list`, { method: "POST", headers: { ...headers, cookie }, body: "{}" });
  assert.deepEqual(await called.json(), { path: "transfers/list", body: "{}" });
  assert.equal((await fetch(`${base}/index.html`)).status, 204);
  server.close();
  server.closeAllConnections();
});
