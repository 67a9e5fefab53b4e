import type { Connection } from "./connection.js";

/** What an authorised request needs of a session. */
export interface Authority {
  /** An access token, and another one than `refused` if there is any. */
  token(refused?: string): Promise<string>;
}

/**
 * Sends any request with the session's access token, and once more with a new one where the first was refused and the body
 * can be sent twice: a text, bytes or a form can, a stream cannot.
 */
export async function authorised(
  connection: Connection,
  authority: Authority,
  origins: ReadonlySet<string>,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const isRequest = input instanceof Request;
  const url = new URL(isRequest ? input.url : input, connection.origin);
  // A token that is sent to the wrong place is a token given away.
  if (!origins.has(url.origin)) throw new TypeError(`${url.origin} is not among the session's origins: no token is sent there`);
  const send = (token: string): Promise<Response> => {
    const headers = new Headers(init.headers ?? (isRequest ? input.headers : undefined));
    headers.set("X-Auth-Token", token);
    headers.set("platform", connection.platform);
    headers.set("uuid", crypto.randomUUID());
    // `fetch` would send the token on to wherever a redirect points.
    const redirect = init.redirect === "manual" ? "manual" : "error";
    return connection.fetch(isRequest ? input : url, { ...init, headers, redirect });
  };
  const canRepeat = !(init.body instanceof ReadableStream) && !(isRequest && input.body && !init.body);
  const token = await authority.token();
  const response = await send(token);
  if (!canRepeat || !(await isTokenRefused(response))) return response;
  const other = await authority.token(token);
  if (other === token) return response;
  await response.body?.cancel();
  return send(other);
}

/** Whether it is the token that was refused, in the words of this service or of RFC 6750. */
async function isTokenRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  if (/error="?invalid_token/.test(response.headers.get("www-authenticate") ?? "")) return true;
  const problem: unknown = await response.clone().json().catch(() => null);
  return Object(problem).code === "INVALID_TOKEN";
}
