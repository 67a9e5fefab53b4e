import { fromBase64url } from "../jwt.js";

const KEY_BYTES = 32;
const IV_BYTES = 12;

/** Seals texts with AES-256-GCM. The first key seals; all of them open, so that a key can be replaced while it is in use. */
export class Sealer {
  readonly #keys: Promise<CryptoKey>[];

  /** Each key is 32 random bytes in Base64, as `openssl rand -base64 32` makes them. */
  constructor(keys: readonly string[]) {
    if (keys.length === 0) throw new TypeError("keys: at least one is needed");
    this.#keys = keys.map((text) => {
      const bytes = fromBase64url(text.trim().replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
      if (bytes.length !== KEY_BYTES) throw new TypeError(`keys: each must be ${KEY_BYTES} bytes in Base64`);
      return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    });
  }

  /** Seals a text for one purpose: what was sealed for another does not open. */
  async seal(text: string, purpose: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const data = await crypto.subtle.encrypt(parameters(iv, purpose), await (this.#keys[0] as Promise<CryptoKey>), new TextEncoder().encode(text));
    const sealed = new Uint8Array(IV_BYTES + data.byteLength);
    sealed.set(iv);
    sealed.set(new Uint8Array(data), IV_BYTES);
    return toBase64url(sealed);
  }

  /** The text, or null where none of the keys opens it. */
  async open(sealed: string, purpose: string): Promise<string | null> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = fromBase64url(sealed);
    } catch {
      return null;
    }
    for (const key of this.#keys) {
      try {
        const text = await crypto.subtle.decrypt(parameters(bytes.slice(0, IV_BYTES), purpose), await key, bytes.slice(IV_BYTES));
        return new TextDecoder().decode(text);
      } catch {
        // Another key may have sealed it.
      }
    }
    return null;
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, purpose: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(purpose) };
}

/** Base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Random bytes that nobody guesses, in Base64url. */
export function randomText(bytes: number): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** The SHA-256 of a text, in Base64url. */
export async function hash(text: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/**
 * The id of the rotation of a refresh token, shaped as a UUIDv4. Whoever holds the session names the rotation alike, so
 * processes that rotate at the same time, or after a crash, repeat one rotation without having to agree on anything. The
 * seed keeps that from a thief: with the bare token, another id is all that can be had, and gives the theft away.
 */
export async function rotationId(seed: string, refreshToken: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(seed), algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(refreshToken))).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
