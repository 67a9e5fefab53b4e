import { type Clock, systemClock } from "../clock.js";
import { fromBase64url, readPart } from "../jwt.js";
import { Follower, type FollowerEvents } from "./follower.js";
import { type Algorithm, Keys, readJws } from "./keys.js";
import { Revocations } from "./revocations.js";
import { InvalidTokenError, RevocationsOutOfReachError, type VerifiedToken } from "./verified.js";

/** How a verifier follows the ends of sessions. */
export interface RevocationOptions extends FollowerEvents {
  /** An API token of the tenant; one without roles is enough. */
  readonly apiToken: string;
  /** What to do while the feed is out of reach: `refuse` every token, or `continue` and say so on each. */
  readonly whenOutOfReach: "refuse" | "continue";
  /** After how many seconds without a good answer it is out of reach; 60 by default. */
  readonly outOfReachSeconds?: number;
}

export interface VerifierOptions {
  /** The tenant's public URL: the `iss` of its tokens, and where keys are fetched unless `url` says otherwise. */
  readonly issuer: string;
  /** Where the tenant is reached from here, if that is not the issuer. */
  readonly url?: string;
  /** The `aud` that tokens must have. Without it, a token that has one is refused. */
  readonly audience?: string;
  /** The `tenancy-id` that tokens must have. */
  readonly tenantId?: string;
  /** Algorithms that are accepted; RS256, ES256 and EdDSA by default. */
  readonly algorithms?: readonly Algorithm[];
  /** How far clocks may be apart, in seconds; 30 by default. */
  readonly leewaySeconds?: number;
  /** How long keys that cannot be fetched anew are used beyond their age, in seconds; 3,600 by default. */
  readonly staleSeconds?: number;
  /** Follow the ends of sessions. Without this, a token is accepted until it expires, whatever became of its session. */
  readonly revocations?: RevocationOptions;
  /** The longest life of an access token, in seconds; 86,400 by default. Ends are remembered that long. */
  readonly lifeSecondsMax?: number;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

const ALGORITHMS: readonly Algorithm[] = ["RS256", "ES256", "EdDSA"];
const OUT_OF_REACH_SECONDS = 60;
/** A token may have been made just before the end that it is compared with. */
const KEPT_BEYOND_LIFE_MS = 300_000;

/** Verifies access tokens by the tenant's published keys, without asking the service about each. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #clock: Clock;
  readonly #leeway: number;
  readonly #keys: Keys;
  readonly #ends: Revocations;
  readonly #follower: Follower | undefined;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#leeway = options.leewaySeconds ?? 30;
    this.#ends = new Revocations((options.lifeSecondsMax ?? 86_400) * 1_000 + KEPT_BEYOND_LIFE_MS);
    const origin = new URL(options.url ?? options.issuer).origin;
    const common = {
      fetch: options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => fetch(input, init)),
      clock: this.#clock,
      staleMs: (options.staleSeconds ?? 3_600) * 1_000,
    };
    this.#keys = new Keys({ ...common, url: `${origin}/.well-known/jwks.json`, algorithms: options.algorithms ?? ALGORITHMS });
    const follow = options.revocations;
    this.#follower = follow && new Follower({
      ...common,
      ...follow,
      origin,
      issuer: options.issuer,
      outOfReachMs: (follow.outOfReachSeconds ?? OUT_OF_REACH_SECONDS) * 1_000,
      revocations: this.#ends,
      onRecord: ({ kind }) => kind === "tenant" && this.#keys.forget(),
    });
  }

  /** Seconds since the feed of ends last answered well; none without a feed, or before its first answer. */
  get revocationsAge(): number | undefined {
    const age = this.#follower?.age;
    return age === undefined ? undefined : age / 1_000;
  }

  /** Stops following the feed. */
  close(): void {
    this.#follower?.close();
  }

  /**
   * Verifies an access token. Throws {@link InvalidTokenError} where it is not accepted, and {@link KeysOutOfReachError} or
   * {@link RevocationsOutOfReachError} where that cannot be said: answer those with 503 rather than 401.
   */
  async verify(token: string): Promise<VerifiedToken> {
    const areEndsKnown = this.#follower?.isInReach ?? false;
    if (this.#options.revocations?.whenOutOfReach === "refuse" && !areEndsKnown) throw new RevocationsOutOfReachError();
    const { header, parts } = readJws(token);
    refuseUnless(header["typ"] === "JWT", "its type is not that of an access token");
    refuseUnless(header["crit"] === undefined, "its header asks for an extension");
    const key = await this.#keys.find(String(header["kid"]));
    refuseUnless(header["alg"] === key.algorithm, "its algorithm is not its key's");
    const input = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
    refuseUnless(await key.verify(decode(parts[2]), input), "its signature is wrong");
    const verified = { ...this.#judge(claims(parts[1])), areEndsKnown };
    refuseUnless(!this.#ends.hasEnded(verified), "its session has ended");
    return verified;
  }

  #judge(claims: Record<string, unknown>): Omit<VerifiedToken, "areEndsKnown"> {
    const { iss, aud, sub, sid, jti, roles, iat, exp } = claims;
    const { issuer, audience, tenantId } = this.#options;
    const now = this.#clock.now() / 1_000;
    refuseUnless(iss === issuer, "it is of another issuer");
    refuseUnless(audience === undefined ? aud === undefined : aud === audience, "it is for another audience");
    refuseUnless(typeof exp === "number" && now < exp + this.#leeway, "it has expired");
    refuseUnless(typeof iat === "number" && iat <= now + this.#leeway, "it was made in the future");
    refuseUnless(tenantId === undefined || claims["tenancy-id"] === tenantId, "it is of another tenant");
    refuseUnless(typeof sub === "string" && sub === claims["user-id"], "it does not say whose it is");
    const texts = [claims["tenancy-id"], sid, jti];
    refuseUnless(texts.every((text) => typeof text === "string"), "a claim is missing");
    refuseUnless(Array.isArray(roles) && roles.every((role) => typeof role === "string"), "its roles cannot be read");
    const [tenant, sessionId, tokenId] = texts as [string, string, string];
    return { userId: sub, tenantId: tenant, sessionId, roles, issuedAt: iat, expiresAt: exp, tokenId };
  }
}

function refuseUnless(holds: boolean, why: string): asserts holds {
  if (!holds) throw new InvalidTokenError(why);
}

function claims(part: string): Record<string, unknown> {
  try {
    return readPart(part);
  } catch {
    throw new InvalidTokenError("its claims cannot be read");
  }
}

function decode(part: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64url(part);
  } catch {
    throw new InvalidTokenError("its signature cannot be read");
  }
}
