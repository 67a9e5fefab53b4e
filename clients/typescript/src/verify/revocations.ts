import type { Ended, Revocation } from "./feed.js";

/** What of a token an end is compared with. */
export interface Bearer {
  readonly sessionId: string;
  readonly userId: string;
  readonly tenantId: string;
  /** In seconds since 1970. */
  readonly issuedAt: number;
}

/** The ends that may still meet a living access token. */
export class Revocations {
  readonly #keptMs: number;
  readonly #ends: Record<Ended, Map<string, number>> = { session: new Map(), account: new Map(), tenant: new Map() };

  /** `keptMs`: the longest life of an access token with its leeway; no end older than that can matter. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** How many ends are held. */
  get size(): number {
    return Object.values(this.#ends).reduce((sum, ends) => sum + ends.size, 0);
  }

  add({ kind, id, at }: Revocation): void {
    const ends = this.#ends[kind];
    ends.set(id, Math.max(at, ends.get(id) ?? 0));
  }

  clear(): void {
    for (const ends of Object.values(this.#ends)) ends.clear();
  }

  /** Drops what no living token can be met by any more. */
  prune(now: number): void {
    for (const ends of Object.values(this.#ends)) {
      for (const [id, at] of ends) if (now - at > this.#keptMs) ends.delete(id);
    }
  }

  /** Whether the session, account or tenant of a token was ended after the token was made. */
  hasEnded(token: Bearer): boolean {
    return (
      this.#ends.session.has(token.sessionId) ||
      isBefore(token, this.#ends.account.get(token.userId)) ||
      isBefore(token, this.#ends.tenant.get(token.tenantId))
    );
  }
}

/**
 * Whether a token was made before a moment. Tokens tell seconds, so within one the session decides: its id is a UUIDv7,
 * which begins with the milliseconds at which it was opened.
 */
function isBefore(token: Bearer, at: number | undefined): boolean {
  if (at === undefined) return false;
  const second = Math.floor(at / 1_000);
  if (token.issuedAt !== second) return token.issuedAt < second;
  return Number.parseInt(token.sessionId.replaceAll("-", "").slice(0, 12), 16) < at;
}
