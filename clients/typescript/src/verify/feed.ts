import { fromBase64url } from "../jwt.js";
import { type Jws, type VerifyingKey } from "./keys.js";

/** The feed's own type of token: none of them is an access token, nor the reverse. */
export const FEED_TYPE = "revocations+jws";

/** What a record of the feed ends. */
export type Ended = "session" | "account" | "tenant";

/** One end: of a session, or of everything that an account or a tenant was given before a moment. */
export interface Revocation {
  readonly kind: Ended;
  /** The session's, account's or tenant's id. */
  readonly id: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** One answer of the feed. */
export interface Page {
  readonly records: readonly Revocation[];
  /** Where to go on. */
  readonly next: string;
  /** There is more to be had at once. */
  readonly more: boolean;
  /** The server does not know where we were: what is held is to be dropped. */
  readonly reset: boolean;
}

const KINDS: readonly (Ended | undefined)[] = [undefined, "session", "account", "tenant"];
const RECORD_BYTES = 23;
const ID_BYTES = 16;

/**
 * Reads a page and checks its signature. A page with anything unknown in it is refused whole: an end that is not
 * understood must not be passed over.
 */
export async function readPage(jws: Jws, key: VerifyingKey, issuer: string): Promise<Page> {
  const { header, parts } = jws;
  const { alg, typ, iss, iat, next, more, reset } = header;
  if (alg !== "EdDSA" || key.algorithm !== "EdDSA") throw new TypeError("the page is not signed with EdDSA");
  if (typ !== FEED_TYPE) throw new TypeError("it is not a page of the feed");
  if (iss !== issuer) throw new TypeError("the page is of another issuer");
  if (typeof iat !== "number" || typeof next !== "string") throw new TypeError("the page lacks iat or next");
  const input = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  if (!(await key.verify(fromBase64url(parts[2]), input))) throw new TypeError("the page's signature is wrong");
  return { records: readRecords(fromBase64url(parts[1])), next, more: more === true, reset: reset === true };
}

function readRecords(bytes: Uint8Array): Revocation[] {
  if (bytes.length % RECORD_BYTES !== 0) throw new TypeError("the page ends within a record");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / RECORD_BYTES }, (_, index) => {
    const start = index * RECORD_BYTES;
    const kind = KINDS[view.getUint8(start)];
    if (!kind) throw new TypeError("the page has a record of an unknown kind");
    const time = start + 1 + ID_BYTES;
    return { kind, id: uuid(bytes.subarray(start + 1, time)), at: view.getUint16(time) * 2 ** 32 + view.getUint32(time + 2) };
  });
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
