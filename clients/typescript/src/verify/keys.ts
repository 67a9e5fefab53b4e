import type { Clock } from "../clock.js";
import { readPart } from "../jwt.js";
import { InvalidTokenError, KeysOutOfReachError } from "./verified.js";

/** The algorithms that a tenant can sign with. */
export type Algorithm = "RS256" | "ES256" | "EdDSA";

/** A key that has been imported, with the one algorithm it is for. */
export interface VerifyingKey {
  readonly algorithm: Algorithm;
  verify(signature: Uint8Array<ArrayBuffer>, input: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

const DEFAULT_AGE_MS = 300_000;
const AGE_MS_MIN = 30_000;
const AGE_MS_MAX = 3_600_000;
/** Keys are fetched anew before they are too old, so that no token waits for it. */
const REFRESH_AT = 0.8;
const UNKNOWN_EVERY_MS = 10_000;
const UNKNOWN_MAX = 256;
const FETCH_MS_MAX = 5_000;

export interface KeysOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly algorithms: readonly Algorithm[];
  /** How long keys are used that cannot be fetched anew, in milliseconds. */
  readonly staleMs: number;
}

interface Known {
  readonly keys: ReadonlyMap<string, VerifyingKey>;
  readonly fetchedAt: number;
  readonly ageMs: number;
}

/** A key set (RFC 7517), cached: fetched in the background before it ages, and once more for a key it does not have. */
export class Keys {
  readonly #options: KeysOptions;
  #known: Known | undefined;
  #fetching: Promise<Known> | undefined;
  /** Since when the next fetch waits, be it one that failed or one for an unknown key. */
  #triedAt = -Infinity;
  readonly #unknown = new Map<string, number>();

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** The key of this id. Throws {@link InvalidTokenError} where there is none. */
  async find(kid: string): Promise<VerifyingKey> {
    const known = await this.#current();
    const key = known.keys.get(kid) ?? (await this.#lookAgain(kid, known));
    if (!key) throw new InvalidTokenError("its key is not known");
    return key;
  }

  /** Keys may have been withdrawn: none is used before the set was fetched anew. */
  forget(): void {
    this.#known = undefined;
    this.#fetching = undefined;
    this.#triedAt = -Infinity;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  async #current(): Promise<Known> {
    const known = this.#known;
    if (!known) return this.#fetch();
    const age = this.#now() - known.fetchedAt;
    const mayTry = this.#now() - this.#triedAt >= Math.min(UNKNOWN_EVERY_MS, known.ageMs * (1 - REFRESH_AT));
    if (age < known.ageMs * REFRESH_AT) return known;
    if (age >= known.ageMs + this.#options.staleMs) return this.#fetch();
    if (mayTry) void this.#fetch().catch(() => {});
    return known;
  }

  async #lookAgain(kid: string, known: Known): Promise<VerifyingKey | undefined> {
    const now = this.#now();
    const seen = this.#unknown.get(kid);
    if (!this.#fetching && now - this.#triedAt < UNKNOWN_EVERY_MS) return undefined;
    if (seen !== undefined && now - seen < UNKNOWN_EVERY_MS) return undefined;
    const fetched = await this.#fetch().catch(() => known);
    const key = fetched.keys.get(kid);
    if (!key) {
      this.#unknown.set(kid, now);
      for (const oldest of this.#unknown.keys()) if (this.#unknown.size > UNKNOWN_MAX) this.#unknown.delete(oldest);
    }
    return key;
  }

  #fetch(): Promise<Known> {
    if (this.#fetching) return this.#fetching;
    this.#triedAt = this.#now();
    const fetching = this.#load()
      .then((known) => {
        // A set that was asked for before keys were withdrawn may still have them.
        if (this.#fetching === fetching) this.#known = known;
        return known;
      })
      .catch((cause: unknown) => {
        throw new KeysOutOfReachError(cause);
      })
      .finally(() => {
        if (this.#fetching === fetching) this.#fetching = undefined;
      });
    return (this.#fetching = fetching);
  }

  async #load(): Promise<Known> {
    const fetchedAt = this.#now();
    const response = await this.#options.fetch(this.#options.url, { redirect: "error", signal: AbortSignal.timeout(FETCH_MS_MAX) });
    if (!response.ok) throw new TypeError(`the key set was answered with ${response.status}`);
    const set = (await response.json()) as { keys?: unknown };
    if (!Array.isArray(set.keys)) throw new TypeError("the key set has no keys");
    const keys = new Map<string, VerifyingKey>();
    for (const jwk of set.keys as JsonWebKeyWithId[]) {
      const key = await importKey(jwk, this.#options.algorithms);
      if (key && typeof jwk.kid === "string") keys.set(jwk.kid, key);
    }
    const maxAge = /max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "")?.[1];
    const ageMs = maxAge === undefined ? DEFAULT_AGE_MS : Math.min(AGE_MS_MAX, Math.max(AGE_MS_MIN, Number(maxAge) * 1_000));
    return { keys, fetchedAt, ageMs };
  }
}

type JsonWebKeyWithId = JsonWebKey & { kid?: unknown };

/** A key of the set, where it is one of ours: others in a set are nobody's mistake. */
async function importKey(jwk: JsonWebKeyWithId, accepted: readonly Algorithm[]): Promise<VerifyingKey | null> {
  const algorithm = accepted.find((algorithm) => algorithm === (jwk.alg ?? (jwk.crv === "Ed25519" ? "EdDSA" : "")));
  if (!algorithm || (jwk.use !== undefined && jwk.use !== "sig")) return null;
  const [importing, verifying] = PARAMETERS[algorithm];
  try {
    const { kty, n, e, crv, x, y } = jwk;
    const key = await crypto.subtle.importKey("jwk", JSON.parse(JSON.stringify({ kty, n, e, crv, x, y })), importing, false, ["verify"]);
    return { algorithm, verify: (signature, input) => crypto.subtle.verify(verifying, key, signature, input) };
  } catch {
    return null;
  }
}

const PARAMETERS: Record<Algorithm, [importing: RsaHashedImportParams | EcKeyImportParams | { name: string }, verifying: EcdsaParams | { name: string }]> = {
  RS256: [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }],
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
};

/** A compact JWS in its parts; its signature is not checked yet. */
export interface Jws {
  readonly header: Record<string, unknown>;
  readonly parts: readonly [header: string, payload: string, signature: string];
}

/** Longer than any token of the server's, in characters. */
const JWS_CHARS_MAX = 8_192;

/** Reads the form of a compact JWS. Throws {@link InvalidTokenError} where it has another. */
export function readJws(text: string, charsMax = JWS_CHARS_MAX): Jws {
  const parts = text.split(".");
  const [header, payload, signature] = parts;
  if (text.length > charsMax || parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw new InvalidTokenError("it is not a compact JWS");
  }
  try {
    return { header: readPart(header), parts: [header, payload, signature] };
  } catch {
    throw new InvalidTokenError("its header cannot be read");
  }
}
