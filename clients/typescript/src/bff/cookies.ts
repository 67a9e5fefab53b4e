/** Browsers drop a cookie whose name and value are longer together, in bytes. */
export const COOKIE_BYTES_MAX = 4_096;

/** How a cookie of ours is sent. `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain`. */
export interface CookieManner {
  readonly sameSite: "Strict" | "Lax";
}

/** A `Set-Cookie` that keeps a value for some seconds; 0 takes it away. */
export function setCookie(name: string, value: string, maxAge: number, { sameSite }: CookieManner): string {
  return `__Host-${name}=${value}; Max-Age=${maxAge}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
}

/** The value of a cookie of ours, if the request has it. */
export function readCookie(request: Request, name: string): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === `__Host-${name}` && value) return value;
  }
  return null;
}
