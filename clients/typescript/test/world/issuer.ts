import type { World } from "./clock.js";

export const ISSUER = "https://remitjunction.example.com";
export const TENANT = "01a22f02-e3bf-75e3-9abc-664dd78a5ba6";
export const USER = "01a22f02-e523-74fd-a991-02808f7edb44";

/** The id of a session that was opened at this moment. */
export function session(ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-71ac-9af0-2dd397fac1f7`;
}

/** How a token differs from a good one. `exp` and `iat` are told in seconds from now. */
export interface Shape {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly signature?: string;
}

type Algorithm = "RS256" | "ES256" | "EdDSA";

interface Signer {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly pair: CryptoKeyPair;
}

const GENERATING = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
} as const;
const SIGNING = { RS256: { name: "RSASSA-PKCS1-v1_5" }, ES256: { name: "ECDSA", hash: "SHA-256" }, EdDSA: { name: "Ed25519" } } as const;

const PAGE_RECORDS = 10;

/** Signs tokens and pages of ends, and publishes the keys of both. */
export class Issuer {
  readonly counts = { keys: 0, pages: 0, resets: 0 };
  isDown = false;
  isFeedRefused = false;
  spoil: "signature" | "iss" | "length" | "kind" | "typ" | undefined;
  readonly #world: World;
  readonly #signers: Signer[] = [];
  readonly #feed = make("EdDSA", "feed");
  #ends: Buffer[] = [];
  #epoch = 1;
  #waiting: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** A new key signs from now on; the two before are still published. */
  async rotate(alg: Algorithm): Promise<void> {
    this.#signers.push(await make(alg, `key ${this.counts.keys} ${this.#signers.length} ${this.#world.random()}`));
    if (this.#signers.length > 3) this.#signers.shift();
  }

  async token(shape: Shape = {}): Promise<string> {
    const signer = this.#signers.at(-1) as Signer;
    const now = Math.floor(this.#world.now() / 1_000);
    const { exp = 3_600, iat = 0, ...others } = shape.claims ?? {};
    const claims = {
      ...{ roles: ["CUSTOMER"], "user-id": USER, sub: USER, iss: ISSUER, "tenancy-id": TENANT, "client-id": TENANT },
      ...{ sid: session(this.#world.now()), jti: "the token", exp: now + Number(exp), iat: now + Number(iat), ...others },
    };
    return sign(signer, { typ: "JWT", alg: signer.alg, kid: signer.kid, ...shape.header }, Buffer.from(JSON.stringify(claims)), shape.signature);
  }

  end(kind: "session" | "account" | "tenant", id: string): void {
    const record = Buffer.alloc(23);
    record.writeUInt8({ session: 1, account: 2, tenant: 3 }[kind], 0);
    Buffer.from(id.replaceAll("-", ""), "hex").copy(record, 1);
    record.writeUIntBE(this.#world.now(), 17, 6);
    this.#ends.push(record);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** A backup was restored: cursors of before mean nothing. */
  restore(): void {
    this.#ends = [];
    this.#epoch += 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(String(input));
    if (this.isDown) throw new TypeError("fetch failed");
    if (url.pathname === "/.well-known/jwks.json") {
      this.counts.keys += 1;
      return this.#set(this.#signers);
    }
    if (url.pathname === "/.well-known/revocations/jwks.json") return this.#set([await this.#feed]);
    if (url.pathname === "/.well-known/revocations") return this.#page(url, init);
    return new Response("", { status: 404 });
  };

  async #set(signers: readonly Signer[]): Promise<Response> {
    const keys = await Promise.all(signers.map(async ({ pair, kid, alg }) => ({ ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid, alg, use: "sig" })));
    return Response.json({ keys }, { headers: { "cache-control": "public, max-age=300" } });
  }

  async #page(url: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.isFeedRefused || headers.get("authorization") !== "Bearer countersign_x") return new Response("", { status: 401 });
    const after = url.searchParams.get("after");
    const [epoch, from] = (after ?? `${this.#epoch}-0`).split("-").map(Number) as [number, number];
    const isNew = (): boolean => epoch !== this.#epoch || this.#ends.length > from;
    if (after !== null && !isNew()) {
      const wait = this.#world.sleep(Number(url.searchParams.get("wait")) * 1_000, init.signal ?? undefined);
      await Promise.race([wait, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
      if (init.signal?.aborted) throw new DOMException("aborted", "AbortError");
      if (this.isFeedRefused) return new Response("", { status: 401 });
      if (!isNew()) return new Response(null, { status: 304 });
    }
    const reset = epoch !== this.#epoch;
    const start = reset ? 0 : from;
    const records = this.#ends.slice(start, start + PAGE_RECORDS);
    const end = start + records.length;
    this.counts.pages += 1;
    if (reset) this.counts.resets += 1;
    const signer = await this.#feed;
    const header = {
      ...{ alg: "EdDSA", typ: this.spoil === "typ" ? "JWT" : "revocations+jws", kid: signer.kid, iss: this.spoil === "iss" ? "https://evil.example" : ISSUER },
      ...{ iat: Math.floor(this.#world.now() / 1_000), next: `${this.#epoch}-${end}`, more: end < this.#ends.length, reset },
    };
    const spoilt = this.spoil === "length" ? [Buffer.alloc(22)] : this.spoil === "kind" ? [Buffer.alloc(23, 9)] : [];
    const text = await sign(signer, header, Buffer.concat([...records, ...spoilt]), this.spoil === "signature" ? "AAAA" : undefined);
    return new Response(text, { headers: { "content-type": "application/jwt", etag: `"${header.next}"` } });
  }
}

async function make(alg: Algorithm, kid: string): Promise<Signer> {
  return { alg, kid, pair: (await crypto.subtle.generateKey(GENERATING[alg], true, ["sign", "verify"])) as CryptoKeyPair };
}

async function sign(signer: Signer, header: object, payload: Buffer, signature?: string): Promise<string> {
  const input = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload.toString("base64url")}`;
  const made = await crypto.subtle.sign(SIGNING[signer.alg], signer.pair.privateKey, Buffer.from(input));
  return `${input}.${signature ?? Buffer.from(made).toString("base64url")}`;
}
