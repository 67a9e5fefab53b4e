import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { Bff, GUARD_HEADER } from "../../src/bff/index.js";
import { type Clock, EndedError, MemoryStore, ProblemError, Session, systemClock } from "../../src/index.js";
import { InvalidTokenError, Verifier } from "../../src/verify/index.js";
import { MANAGER, Sandbox } from "./sandbox.js";

let sandbox: Sandbox | undefined;
before(async () => {
  sandbox = await Sandbox.start();
});
after(() => sandbox?.stop());
const url = (): string => String(sandbox?.url);

/** A clock that can be put forward, so that tokens are due without waiting for it. */
class MovableClock implements Clock {
  ahead = 0;
  readonly sleep = systemClock.sleep;
  readonly random = systemClock.random;
  now(): number {
    return Date.now() + this.ahead;
  }
  monotonic(): number {
    return performance.now() + this.ahead;
  }
}

interface Due {
  readonly session: Session;
  readonly store: MemoryStore;
  readonly clock: MovableClock;
}

async function due(options: { fetch?: typeof fetch } = {}): Promise<Due> {
  const clock = new MovableClock();
  const store = new MemoryStore();
  const session = new Session({ url: url(), clock, store, ...options });
  await session.login(MANAGER);
  clock.ahead += 3_400_000;
  return { session, store, clock };
}

test("log in, ask, log out", async () => {
  const session = new Session({ url: url() });
  const { user, tenant } = await session.login(MANAGER);
  assert.deepEqual([user.roles, tenant.slug], [["MANAGER"], "remitjunction"]);
  const page = await session.api.listEmployees({ query: { limit: 2 } });
  assert.ok(page.items.length > 0);
  const answer = await session.fetch("/api/v6/services/usermanagement/profile");
  assert.equal(answer.status, 200);
  assert.deepEqual(await session.logout(), { serverKnows: true });
  await assert.rejects(session.token(), EndedError);
});

test("a refusal is typed, with the server's words in the language asked for", async () => {
  const session = new Session({ url: url(), language: "fr" });
  await assert.rejects(session.login({ ...MANAGER, email: "nobody@remitjunction.co.uk" }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.code, error.status, error.language, error.solutions.length], ["USER_NOT_FOUND", 404, "fr", 3]);
    return true;
  });
  await assert.rejects(session.api.registerCustomer({ body: {} as never }), (error: unknown) => error instanceof ProblemError && error.errors.length > 3);
});

test("a refresh whose answer is lost again and again is one rotation, told by its id also much later", async () => {
  let lost = 3;
  const ids = new Set<string | null>();
  const { session, store } = await due({
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      if (!String(input).endsWith("refresh-token")) return answer;
      ids.add(new Headers(init?.headers).get("uuid"));
      if (lost-- > 0) throw new TypeError("lost");
      return answer;
    },
  });
  const before = (await store.read()).pair?.counter ?? 0;
  await session.token();
  // The old token was still good, so the caller did not have to wait.
  while (((await store.read()).pair?.counter ?? 0) === before) await systemClock.sleep(50);
  assert.equal((await store.read()).pair?.counter, before + 1);
  assert.equal(ids.size, 1);
  await session.api.profile();
});

test("twenty holders of one store rotate once", async () => {
  const { store, clock } = await due();
  let refreshes = 0;
  const counting: typeof fetch = (input, init) => {
    if (String(input).endsWith("refresh-token")) refreshes += 1;
    return fetch(input, init);
  };
  const holders = Array.from({ length: 20 }, () => new Session({ url: url(), store, clock, fetch: counting }));
  const before = (await store.read()).pair?.counter ?? 0;
  await Promise.all(holders.map((holder) => holder.token()));
  await systemClock.sleep(300);
  assert.equal((await store.read()).pair?.counter, before + 1);
  await Promise.all(holders.map((holder) => holder.api.profile()));
  assert.ok(refreshes <= 20);
});

test("a stolen refresh token ends the session, and its owner is told in a sentence", async () => {
  const { session, store, clock } = await due();
  const stolen = (await store.read()).pair?.refreshToken;
  const steal = (): Promise<Response> => {
    const headers = { "Content-Type": "application/json", platform: "fincode", uuid: crypto.randomUUID(), "User-Agent": "thief" };
    return fetch(`${url()}/api/v6/services/securitymanagement/refresh-token`, { method: "PUT", headers, body: JSON.stringify({ refresh_token: stolen }) });
  };
  assert.equal((await steal()).status, 200);
  clock.ahead += 400_000;
  await assert.rejects(session.token(), (error: unknown) => error instanceof EndedError && error.code === "REFRESH_TOKEN_REUSED" && /change your password/.test(error.message));
});

test("access tokens of the server are verified offline", async () => {
  const store = new MemoryStore();
  const session = new Session({ url: url(), store });
  await session.login(MANAGER);
  const token = await session.token();
  const issuer = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).iss as string;
  const verifier = new Verifier({ issuer, url: url() });
  const verified = await verifier.verify(token);
  assert.deepEqual([verified.roles, verified.userId], [["MANAGER"], session.user?.id]);
  await assert.rejects(verifier.verify(String((await store.read()).pair?.refreshToken)), InvalidTokenError);
  await assert.rejects(verifier.verify(`${token.slice(0, -8)}AAAAAAAA`), InvalidTokenError);
  await assert.rejects(new Verifier({ issuer: "https://evil.example", url: url() }).verify(token), InvalidTokenError);
});

test("a back-end names its clients' addresses by its API token, also with a refresh", async () => {
  const manager = new Session({ url: url() });
  await manager.login(MANAGER);
  const { token: apiToken } = await manager.api.createApiToken({ body: { name: `bff ${Date.now()}`, expiry: "24h", roles: [] } });
  const clock = new MovableClock();
  const origin = "https://app.example.com";
  const bff = new Bff({ url: url(), origin, keys: [randomBytes(32).toString("base64")], apiToken, clock });
  const headers = { [GUARD_HEADER]: "1", "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const context = { clientAddress: "203.0.113.7" };
  const login = await bff.handle(new Request(`${origin}/bff/login`, { method: "POST", headers, body: JSON.stringify(MANAGER) }), context);
  assert.equal(login.status, 200, await login.clone().text());
  const cookieOf = (response: Response): string => response.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  let cookie = cookieOf(login);
  assert.ok(cookie.length < 4_096);
  clock.ahead += 3_590_000;
  const path = "/bff/api/securitymanagement/audit-events?action=login&limit=1";
  const events = await bff.handle(new Request(`${origin}${path}`, { headers: { ...headers, cookie } }), context);
  assert.equal(events.status, 200, await events.clone().text());
  assert.equal(((await events.json()) as { items: { clientAddress: string }[] }).items[0]?.clientAddress, "203.0.113.7");
  assert.equal(events.headers.getSetCookie().length, 1);
  cookie = cookieOf(events);
  const logout = await bff.handle(new Request(`${origin}/bff/logout`, { method: "POST", headers: { ...headers, cookie } }), context);
  assert.deepEqual(await logout.json(), { serverKnows: true });
  const machine = Session.fromApiToken({ url: url(), token: apiToken });
  assert.equal((await machine.api.introspect({ body: { token: await manager.token() } })).active, true);
});
