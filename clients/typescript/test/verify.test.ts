import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidTokenError, KeysOutOfReachError, RevocationsOutOfReachError, Verifier, type VerifierOptions } from "../src/verify/index.js";
import { ClientClock, World, settle } from "./world/clock.js";
import { Issuer, ISSUER, type Shape, TENANT, USER, session } from "./world/issuer.js";

function scene(options: Partial<VerifierOptions> = {}): { world: World; issuer: Issuer; verifier: Verifier } {
  const world = new World();
  const clock = new ClientClock(world);
  const issuer = new Issuer(world);
  const verifier = new Verifier({ issuer: ISSUER, fetch: issuer.fetch, clock, ...options });
  return { world, issuer, verifier };
}

for (const algorithm of ["RS256", "ES256", "EdDSA"] as const) {
  test(`a good token of ${algorithm} is read`, async () => {
    const { issuer, verifier, world } = scene();
    await issuer.rotate(algorithm);
    const verified = await verifier.verify(await issuer.token());
    const iat = Math.floor(world.now() / 1_000);
    assert.deepEqual(verified, {
      ...{ userId: USER, tenantId: TENANT, sessionId: session(world.now()), roles: ["CUSTOMER"] },
      ...{ issuedAt: iat, expiresAt: iat + 3_600, tokenId: "the token", areEndsKnown: false },
    });
  });
}

const bad: [what: string, shape: Shape][] = [
  ["expired", { claims: { exp: -31 } }],
  ["made in the future", { claims: { iat: 31 } }],
  ["of another issuer", { claims: { iss: "https://evil.example" } }],
  ["for an audience nobody told us of", { claims: { aud: "someone" } }],
  ["of another subject", { claims: { sub: TENANT } }],
  ["without roles", { claims: { roles: undefined } }],
  ["without a session", { claims: { sid: undefined } }],
  ["a refresh token by its type", { header: { typ: "refresh+jwt" } }],
  ["a page of the feed by its type", { header: { typ: "revocations+jws" } }],
  ["unsigned", { header: { alg: "none" }, signature: "" }],
  ["of another algorithm than its key's", { header: { alg: "RS256" } }],
  ["of an unknown key", { header: { kid: "unknown" } }],
  ["with an extension", { header: { crit: ["x"] } }],
  ["signed by nobody", { signature: "AAAA" }],
];
for (const [what, shape] of bad) {
  test(`a token is refused: ${what}`, async () => {
    const { issuer, verifier } = scene();
    await issuer.rotate("ES256");
    await verifier.verify(await issuer.token());
    await assert.rejects(verifier.verify(await issuer.token(shape)), InvalidTokenError);
  });
}

test("clocks may be half a minute apart; audience and tenant are checked where they are asked for", async () => {
  const { issuer, verifier } = scene({ audience: "api", tenantId: TENANT });
  await issuer.rotate("EdDSA");
  await verifier.verify(await issuer.token({ claims: { exp: -29, aud: "api" } }));
  await verifier.verify(await issuer.token({ claims: { iat: 29, aud: "api" } }));
  await assert.rejects(verifier.verify(await issuer.token()), InvalidTokenError);
  await assert.rejects(verifier.verify(await issuer.token({ claims: { aud: "api", "tenancy-id": USER } })), InvalidTokenError);
  for (const text of ["", "a.b.c", "a.b", `${"a".repeat(9_000)}.b.c`]) await assert.rejects(verifier.verify(text), InvalidTokenError);
});

test("a hundred key rotations reject no token, with keys cached for five minutes", async () => {
  const { world, issuer, verifier } = scene();
  await issuer.rotate("ES256");
  for (let n = 0; n < 100; n++) {
    const old = await issuer.token();
    await issuer.rotate(n % 2 ? "ES256" : "EdDSA");
    await world.advance(Math.floor(world.random() * 200_000) + 11_000);
    await verifier.verify(old);
    await verifier.verify(await issuer.token());
    await settle();
  }
  assert.ok(issuer.counts.keys <= 250, String(issuer.counts.keys));
});

test("keys are fetched once for many, anew before they age, and once in ten seconds for unknown ones", async () => {
  const { world, issuer, verifier } = scene();
  await issuer.rotate("EdDSA");
  const token = await issuer.token();
  await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)));
  assert.equal(issuer.counts.keys, 1);
  const forged = await Promise.all(Array.from({ length: 50 }, (_, n) => issuer.token({ header: { kid: `unknown ${n}` } })));
  await world.advance(20_000);
  await Promise.all(forged.map((token) => assert.rejects(verifier.verify(token), InvalidTokenError)));
  assert.equal(issuer.counts.keys, 2);
  await world.advance(239_000);
  await verifier.verify(token);
  assert.equal(issuer.counts.keys, 2);
  await world.advance(2_000);
  await verifier.verify(token);
  await settle();
  assert.equal(issuer.counts.keys, 3);
});

test("keys that cannot be fetched anew are used for an hour more, then nothing is said of any token", async () => {
  const { world, issuer, verifier } = scene();
  await issuer.rotate("EdDSA");
  await verifier.verify(await issuer.token());
  issuer.isDown = true;
  await world.advance(3_800_000);
  await verifier.verify(await issuer.token());
  await world.advance(200_000);
  await assert.rejects(verifier.verify(await issuer.token()), KeysOutOfReachError);
  issuer.isDown = false;
  await verifier.verify(await issuer.token());
});

test("an end of a session, an account or a tenant reaches the verifier at once", async () => {
  const reach: boolean[] = [];
  const { world, issuer, verifier } = scene({ revocations: { apiToken: "countersign_x", whenOutOfReach: "refuse", onReach: (inReach) => reach.push(inReach) } });
  await issuer.rotate("EdDSA");
  await assert.rejects(verifier.verify(await issuer.token()), RevocationsOutOfReachError);
  await until(() => verifier.revocationsAge !== undefined);
  const token = await issuer.token();
  assert.equal((await verifier.verify(token)).areEndsKnown, true);
  issuer.end("session", session(world.now()));
  await until(() => isRefused(verifier, token));

  // An account's end: what was made before is refused, and what was opened after it, within the same second, is not.
  await world.advance(5_000);
  const before = await issuer.token();
  await world.advance(500);
  issuer.end("account", USER);
  await until(() => isRefused(verifier, before));
  await world.advance(1);
  await verifier.verify(await issuer.token());

  const keys = issuer.counts.keys;
  const last = await issuer.token();
  await world.advance(1_000);
  issuer.end("tenant", TENANT);
  await until(() => isRefused(verifier, last));
  await assert.rejects(verifier.verify(last), InvalidTokenError);
  assert.equal(issuer.counts.keys, keys + 1);
  assert.deepEqual(reach, [true]);
  verifier.close();
});

test("ends come in pages, and a feed that starts over is taken from its start", async () => {
  const { issuer, verifier, world } = scene({ revocations: { apiToken: "countersign_x", whenOutOfReach: "refuse" } });
  await issuer.rotate("EdDSA");
  for (let n = 0; n < 25; n++) issuer.end("session", session(world.now() + n));
  const token = await issuer.token({ claims: { sid: session(world.now() + 24) } });
  await until(() => isRefused(verifier, token));
  assert.ok(issuer.counts.pages >= 3);
  issuer.restore();
  await until(() => verifier.verify(token).then(() => true, () => false));
  assert.equal(issuer.counts.resets, 1);
  verifier.close();
});

for (const whenOutOfReach of ["refuse", "continue"] as const) {
  test(`a feed out of reach for a minute: ${whenOutOfReach}`, async () => {
    const reach: [boolean, string | undefined][] = [];
    const { world, issuer, verifier } = scene({ revocations: { apiToken: "countersign_x", whenOutOfReach, onReach: (inReach, error) => reach.push([inReach, error?.code]) } });
    await issuer.rotate("EdDSA");
    await until(() => verifier.revocationsAge !== undefined);
    await verifier.verify(await issuer.token());
    issuer.isFeedRefused = true;
    for (let n = 0; n < 59; n++) await world.advance(1_000).then(breathe);
    assert.equal((await verifier.verify(await issuer.token())).areEndsKnown, true);
    for (let n = 0; n < 40; n++) await world.advance(1_000).then(breathe);
    const verdict = issuer.token().then((token) => verifier.verify(token));
    if (whenOutOfReach === "refuse") await assert.rejects(verdict, RevocationsOutOfReachError);
    else assert.equal((await verdict).areEndsKnown, false);
    assert.ok(reach.some(([, code]) => code === "INVALID_TOKEN"), "the refused API token is told");
    issuer.isFeedRefused = false;
    for (let n = 0; n < 40; n++) await world.advance(1_000).then(breathe);
    await until(async () => (await verifier.verify(await issuer.token())).areEndsKnown);
    verifier.close();
  });
}

test("a page with a wrong signature, issuer, length or kind is no good answer", async () => {
  for (const spoil of ["signature", "iss", "length", "kind", "typ"] as const) {
    const { issuer, verifier } = scene({ revocations: { apiToken: "countersign_x", whenOutOfReach: "refuse" } });
    issuer.spoil = spoil;
    await until(() => issuer.counts.pages >= 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(verifier.revocationsAge, undefined, spoil);
    verifier.close();
  }
});

const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** Cryptography runs on threads of its own: what it leads to is true soon, not at once. */
async function until(holds: () => unknown): Promise<void> {
  for (let n = 0; n < 5_000; n++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error("it never came to that");
}

/** Refused for what it is, and not since the feed has not been read yet. */
const isRefused = (verifier: Verifier, token: string): Promise<boolean> =>
  verifier.verify(token).then(() => false, (error) => error instanceof InvalidTokenError);
