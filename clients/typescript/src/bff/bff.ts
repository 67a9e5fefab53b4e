import { Connection, type ConnectionOptions } from "../connection.js";
import { CountersignError, EndedError, ProblemError, UnreachableError, endedBy } from "../errors.js";
import { type LoginAnswer, type Pair, isFurther, readPair } from "../pair.js";
import { isEnd } from "../rotation.js";
import { Devices } from "./devices.js";
import { Flights } from "./flights.js";
import { isOwnPage } from "./guard.js";
import { CookieKeeping, type Keeping, type Kept, type SessionStore, StoreKeeping } from "./keeping.js";
import { forward, proxiedUrl } from "./proxy.js";
import { Sealer, randomText } from "./sealer.js";

/** What a back-end-for-front-end is made with. */
export interface BffOptions extends Omit<ConnectionOptions, "headers" | "language"> {
  /** The origin of the page, such as `https://app.example.com`. Never taken from a request. */
  readonly origin: string;
  /** Keys that seal cookies: 32 bytes each in Base64. The first seals, all open; the same in every process. */
  readonly keys: readonly string[];
  /** An API token of the tenant, with which each client's own address is named. One without roles is enough. */
  readonly apiToken?: string;
  /** Keeps sessions here rather than in the browser's encrypted cookie. */
  readonly store?: SessionStore;
  /** Where the routes stand; `/bff` by default. */
  readonly path?: string;
  /** Where `{path}/api/…` leads; the service's own `/api/v6/services` by default. */
  readonly apiUrl?: string;
  /** `Strict` by default: the page's own calls are all that needs the cookie. */
  readonly sameSite?: "Strict" | "Lax";
}

/** What is known of a request beside itself. */
export interface BffContext {
  /** The browser's address, as the server or a proxy that is trusted sees it. */
  readonly clientAddress?: string | undefined;
}

const BODY_BYTES_MAX = 1_048_576;
/** As long as a refresh token lives unused, where the server does not say. */
const SESSION_SECONDS = 14 * 86_400;

/** A back-end-for-front-end: the page speaks to it with a cookie, and no token ever reaches the browser. */
export class Bff {
  readonly #connection: Connection;
  readonly #flights: Flights;
  readonly #keeping: Keeping;
  readonly #devices: Devices;
  readonly #origin: string;
  readonly #path: string;
  readonly #apiUrl: string;
  readonly #apiToken: string | undefined;

  constructor(options: BffOptions) {
    const manner = { sameSite: options.sameSite ?? "Strict" };
    const sealer = new Sealer(options.keys);
    this.#connection = new Connection(options);
    this.#flights = new Flights(this.#connection);
    this.#keeping = options.store ? new StoreKeeping(options.store, sealer, manner) : new CookieKeeping(sealer, manner);
    this.#devices = new Devices(sealer, manner);
    this.#origin = new URL(options.origin).origin;
    this.#path = options.path ?? "/bff";
    this.#apiUrl = options.apiUrl ?? `${this.#connection.origin}/api/v6/services`;
    this.#apiToken = options.apiToken;
  }

  /** Whether a path is one of the routes. */
  serves(path: string): boolean {
    return path.startsWith(`${this.#path}/`);
  }

  /** Answers a request of the page; it never throws, never redirects, and nothing it answers may be cached. */
  readonly handle = async (request: Request, context: BffContext = {}): Promise<Response> => {
    let response: Response;
    try {
      response = isOwnPage(request, this.#origin) ? await this.#route(request, context) : refusal(403, "FOREIGN_PAGE", "Calls come from the page itself only.");
    } catch (error) {
      response = await this.#failed(request, error);
    }
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("X-Content-Type-Options", "nosniff");
    return response;
  };

  async #route(request: Request, context: BffContext): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const route = pathname.slice(this.#path.length + 1);
    if (!this.serves(pathname)) return refusal(404, "NOT_FOUND", "There is nothing at this address.");
    if (route.startsWith("api/")) return this.#proxy(request, route.slice("api/".length), search, context);
    if (request.method === "GET" && route === "session") return this.#session(request);
    if (request.method === "POST" && route === "login") return this.#login(request, context);
    if (request.method === "POST" && route === "logout") return this.#logout(request, context);
    return refusal(404, "NOT_FOUND", "There is nothing at this address.");
  }

  async #session(request: Request): Promise<Response> {
    const kept = await this.#keeping.open(request);
    return Response.json({ user: kept?.pair.user ?? null, tenant: kept?.pair.tenant ?? null });
  }

  async #login(request: Request, context: BffContext): Promise<Response> {
    const { email, currentPassword, role, payloadEncrypted } = Object(JSON.parse(new TextDecoder().decode((await readBody(request)) ?? undefined)));
    if (typeof email !== "string") return refusal(400, "VALIDATION_FAILED", "The request is not complete or not correct.");
    const before = await this.#keeping.open(request);
    const deviceToken = await this.#devices.find(request, email);
    const body = { email, currentPassword, role, payloadEncrypted, deviceToken };
    const headers = this.#headers(request, context);
    const answer = (await this.#connection.send({ method: "PUT", path: "/api/v6/services/securitymanagement/login", body, headers })) as LoginAnswer;
    const pair = readPair(answer, this.#connection);
    const kept: Kept = { pair, seed: randomText(16) };
    const cookies: string[] = [];
    try {
      cookies.push(await this.#keeping.begin(request, kept, answer.refresh_expires_in));
    } catch (error) {
      await this.#tellServer(pair, headers);
      throw error;
    }
    if (answer.deviceToken) cookies.push(await this.#devices.keep(request, email, answer.deviceToken));
    if (before) void this.#tellServer(before.pair, headers);
    const { user, tenant } = pair;
    return withCookies(Response.json({ user, tenant, passwordAdvice: answer.passwordAdvice ?? null }), cookies);
  }

  async #logout(request: Request, context: BffContext): Promise<Response> {
    const kept = await this.#keeping.open(request);
    const cookie = await this.#keeping.end(request);
    const serverKnows = !kept || (await this.#tellServer(kept.pair, this.#headers(request, context)));
    return withCookies(Response.json({ serverKnows }), [cookie]);
  }

  async #proxy(request: Request, path: string, query: string, context: BffContext): Promise<Response> {
    const url = proxiedUrl(this.#apiUrl, path, query);
    if (!url) return refusal(404, "NOT_FOUND", "There is nothing at this address.");
    const kept = await this.#keeping.open(request);
    if (!kept) return refusal(401, "NOT_LOGGED_IN", "You are not logged in.");
    const body = await readBody(request);
    const headers = this.#headers(request, context);
    let pair = await this.#current(request, kept, headers);
    const send = (): ReturnType<typeof forward> => forward(this.#connection.fetch, url, request, body, pair, { platform: this.#connection.platform, ...headers });
    let proxied = await send();
    if (proxied.isTokenRefused) {
      const other = await this.#flights.current({ ...kept, pair }, headers, pair.accessToken);
      if (other !== pair) {
        pair = other;
        proxied = await send();
      }
    }
    if (pair === kept.pair) return proxied.response;
    return withCookies(proxied.response, [await this.#keeping.renew(request, { ...kept, pair }, SESSION_SECONDS)]);
  }

  /** A good pair; where ours is refused, another process may have rotated it meanwhile. */
  async #current(request: Request, kept: Kept, headers: Record<string, string>): Promise<Pair> {
    try {
      return await this.#flights.current(kept, headers);
    } catch (error) {
      const again = isEnd(error) && (await this.#keeping.open(request));
      if (!again || !isFurther(again.pair, kept.pair)) throw error;
      return this.#flights.current(again, headers);
    }
  }

  /** Whose words a request is: the API token names the client's address, beside the person's own token where there is one. */
  #headers(request: Request, { clientAddress }: BffContext): Record<string, string> {
    const agent = request.headers.get("user-agent");
    const language = request.headers.get("accept-language");
    return {
      ...(agent && { "User-Agent": agent }),
      ...(language && { "Accept-Language": language }),
      ...(this.#apiToken && { Authorization: `Bearer ${this.#apiToken}` }),
      ...(this.#apiToken && clientAddress && { "X-Client-Address": clientAddress }),
    };
  }

  async #tellServer(pair: Pair, headers: Record<string, string>): Promise<boolean> {
    const path = "/api/v6/services/securitymanagement/logout";
    const call = { method: "PUT", path, body: { refresh_token: pair.refreshToken }, headers: { ...headers, "X-Auth-Token": pair.accessToken } };
    try {
      await this.#connection.retry(() => this.#connection.send(call));
      return true;
    } catch (error) {
      return error instanceof ProblemError && error.status === 401;
    }
  }

  async #failed(request: Request, error: unknown): Promise<Response> {
    if (isEnd(error) && new URL(request.url).pathname.startsWith(`${this.#path}/api/`)) {
      return withCookies(say(endedBy(error)), [await this.#keeping.end(request)]);
    }
    if (error instanceof CountersignError) return say(error);
    if (error instanceof BodyTooLarge) return refusal(413, "PAYLOAD_TOO_LARGE", "The request is too large.");
    if (error instanceof SyntaxError) return refusal(400, "VALIDATION_FAILED", "The request is not complete or not correct.");
    // Its text is for whoever runs this, not for the browser.
    console.error("the back-end-for-front-end failed:", error instanceof Error ? `${error.name}: ${error.message}` : error);
    const isUnreachable = error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
    return isUnreachable ? refusal(502, "UNREACHABLE", "The service cannot be reached at the moment.") : refusal(500, "INTERNAL", "Something went wrong on our side.");
  }
}

class BodyTooLarge extends Error {}

/** The whole body, so that it can be sent twice. */
async function readBody(request: Request): Promise<ArrayBuffer | null> {
  if (!request.body) return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return new Blob(chunks as BlobPart[]).arrayBuffer();
}

function say(error: CountersignError): Response {
  const { code, message, solutions, errors, lockedUntil, requestId, retryAfter } = error;
  const status = error instanceof EndedError ? 401 : error instanceof UnreachableError && error.status === 0 ? 502 : error.status || 500;
  const headers = retryAfter === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfter)) };
  return Response.json({ code, message, solutions, errors, lockedUntil, requestId }, { status, headers });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ code, message, solutions: [] }, { status });
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}
