import type { Pair } from "../pair.js";

/** Where proxied calls go: the base that stands in the place of the BFF's own path. */
export interface Proxied {
  readonly response: Response;
  /** Whether it was the access token that was refused. */
  readonly isTokenRefused: boolean;
}

/** These answer with tokens, or end the session without us: they have routes of their own. */
const OWN = new Set(["securitymanagement/login", "securitymanagement/refresh-token", "securitymanagement/logout"]);
const REQUEST_HEADERS = ["accept", "accept-language", "content-type", "user-agent", "if-none-match", "traceparent"];
const ANSWER_HEADERS = ["content-type", "content-language", "content-disposition", "etag", "retry-after", "uuid"];
const TIMEOUT_MS = 30_000;

/** The address that a path below the proxy stands for; null where it must not be called. */
export function proxiedUrl(apiUrl: string, path: string, query: string): URL | null {
  const parts = path.split("/");
  const isPlain = parts.length >= 2 && parts.slice(0, 2).every((part) => /^[a-z0-9-]+$/i.test(part));
  // Encoded dots and slashes mean one thing here and may mean another behind us.
  const isClean = parts.every((part) => !/^\.{1,2}$|%2e|%2f|%5c|\\/i.test(part));
  if (!isPlain || !isClean || OWN.has(parts.slice(0, 2).join("/").toLowerCase())) return null;
  return new URL(`${apiUrl}/${path}${query}`);
}

/** Sends a call of the page on, with the session's access token. */
export async function forward(
  send: typeof fetch,
  url: URL,
  request: Request,
  body: ArrayBuffer | null,
  pair: Pair,
  own: Record<string, string>,
): Promise<Proxied> {
  const headers = new Headers({ ...own, "X-Auth-Token": pair.accessToken, uuid: crypto.randomUUID() });
  for (const name of REQUEST_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const answer = await send(url, { method: request.method, headers, body, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  const kept = new Headers();
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return { response: new Response(answer.body, { status: answer.status, headers: kept }), isTokenRefused: await isTokenRefused(answer) };
}

async function isTokenRefused(answer: Response): Promise<boolean> {
  return answer.status === 401 && /error="?invalid_token/.test(answer.headers.get("www-authenticate") ?? "");
}
