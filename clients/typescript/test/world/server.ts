import { createHash, randomUUID } from "node:crypto";

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface Kept {
  readonly sid: string;
  readonly email: string;
  counter: number;
  rotatedAt: number;
  lastRequest: string | null;
  lastPlace: string;
  end: string | null;
}

export interface ServerSettings {
  accessSeconds: number;
  strict: boolean;
}

const GRACE_MS = 10_000;
const SAME_REQUEST_MS = 24 * 3_600_000;

/** The server's rule of rotation, in one page: counter, honest repeat by `uuid`, reuse. Its tokens are not signed. */
export class FakeServer {
  readonly settings: ServerSettings = { accessSeconds: 3600, strict: false };
  readonly sessions = new Map<string, Kept>();
  readonly counts = { refreshRequests: 0, rotations: 0, repeats: 0, reuses: 0, logins: 0, logouts: 0, requests: 0 };
  /** The `uuid` of each refresh that came in. */
  readonly refreshIds: string[] = [];
  /** Access tokens that are refused although they are good. */
  readonly refused = new Set<string>();
  readonly #now: () => number;
  #made = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  answer(ask: Ask): Answer {
    this.counts.requests += 1;
    const answer = this.#answer(ask);
    const date = new Date(this.#now()).toUTCString();
    return { ...answer, headers: { date, "content-type": "application/json", ...answer.headers } };
  }

  end(sid: string, code: string): void {
    const session = this.sessions.get(sid);
    if (session) session.end = code;
  }

  /** Whether an access token opens anything now. */
  isGood(token: string): boolean {
    const claims = read(token);
    const session = this.sessions.get(String(claims["sid"]));
    return claims["typ"] === "access" && !!session && !session.end && Number(claims["exp"]) * 1_000 > this.#now() && !this.refused.has(token);
  }

  #answer(ask: Ask): Answer {
    if (!ask.headers.get("uuid") || !ask.headers.get("platform")) return problem(400, "VALIDATION_FAILED");
    const path = ask.path.replace("/api/v6/services/", "");
    const body = ask.body && (JSON.parse(ask.body) as Record<string, string>);
    if (path === "securitymanagement/login") return this.#login(Object(body), ask);
    if (path === "securitymanagement/refresh-token") return this.#refresh(Object(body).refresh_token, ask);
    if (path === "securitymanagement/logout") return this.#logout(Object(body).refresh_token);
    const token = ask.headers.get("x-auth-token") ?? "";
    if (!this.isGood(token)) return problem(401, "INVALID_TOKEN");
    return { status: 200, headers: {}, body: JSON.stringify({ path, body: ask.body }) };
  }

  #login(body: Record<string, string>, ask: Ask): Answer {
    this.counts.logins += 1;
    if (body["currentPassword"] !== "Password@1") return problem(401, "INVALID_CREDENTIALS");
    const sid = uuid7(this.#now(), this.#made++);
    const session: Kept = { sid, email: String(body["email"]), counter: 0, rotatedAt: this.#now(), lastRequest: null, lastPlace: place(ask), end: null };
    this.sessions.set(sid, session);
    return this.#pair(session, `device of ${session.email}`);
  }

  #refresh(token: string, ask: Ask): Answer {
    this.counts.refreshRequests += 1;
    const id = ask.headers.get("uuid") ?? "";
    this.refreshIds.push(id);
    const claims = read(token);
    const session = this.sessions.get(String(claims["sid"]));
    if (!session || claims["typ"] !== "refresh" || token !== this.#refreshToken(session, Number(claims["ctr"]))) return problem(401, "INVALID_REFRESH_TOKEN");
    if (session.end) return problem(401, "INVALID_REFRESH_TOKEN");
    const counter = Number(claims["ctr"]);
    if (counter === session.counter) {
      this.counts.rotations += 1;
      session.lastRequest = session.lastRequest === id ? null : id;
      Object.assign(session, { counter: counter + 1, rotatedAt: this.#now(), lastPlace: place(ask) });
      return this.#pair(session);
    }
    const age = this.#now() - session.rotatedAt;
    const isPrompt = age < GRACE_MS && session.lastPlace === place(ask);
    const isSame = session.lastRequest === id && age < SAME_REQUEST_MS;
    if (counter === session.counter - 1 && !this.settings.strict && (isPrompt || isSame)) {
      this.counts.repeats += 1;
      return this.#pair(session);
    }
    if (counter > session.counter) return problem(401, "INVALID_REFRESH_TOKEN");
    this.counts.reuses += 1;
    session.end = "reused";
    return problem(403, "REFRESH_TOKEN_REUSED");
  }

  #logout(token: string): Answer {
    this.counts.logouts += 1;
    const session = this.sessions.get(String(read(token)["sid"]));
    if (!session) return problem(401, "INVALID_TOKEN");
    session.end ??= "logout";
    return { status: 200, headers: {}, body: JSON.stringify({ message: "You are logged out." }) };
  }

  #refreshToken(session: Kept, counter: number): string {
    return write({ typ: "refresh", sid: session.sid, ctr: counter, jti: createHash("sha256").update(`${session.sid} ${counter}`).digest("hex") });
  }

  #pair(session: Kept, deviceToken?: string): Answer {
    const iat = Math.floor(this.#now() / 1_000);
    const life = this.settings.accessSeconds;
    const body = {
      access_token: write({ typ: "access", sid: session.sid, iat, exp: iat + life, jti: randomUUID() }),
      refresh_token: this.#refreshToken(session, session.counter),
      token_type: "Bearer",
      expires_in: life,
      refresh_expires_in: 1_209_600,
      user: { id: session.email, email: session.email, roles: ["CUSTOMER"], firstName: null, lastName: null, mustChangePassword: false },
      tenant: { id: "tenant", slug: "remitjunction" },
      ...(deviceToken && { deviceToken }),
    };
    return { status: 200, headers: { "cache-control": "no-store" }, body: JSON.stringify(body) };
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const write = (claims: object): string => `${encode({ alg: "none" })}.${encode(claims)}.${encode("signature")}`;

function read(token: string | undefined): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString()));
  } catch {
    return {};
  }
}

function place(ask: Ask): string {
  return ask.headers.get("user-agent") ?? "";
}

function uuid7(ms: number, made: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${made.toString(16).padStart(12, "0")}`;
}

export function problem(status: number, code: string, more: object = {}): Answer {
  const solutions = code === "REFRESH_TOKEN_REUSED" ? ["Log in again"] : [];
  const body = { type: "about:blank", title: code, status, code, message: `message of ${code}`, solutions, requestId: "the request", ...more };
  return { status, headers: { "content-type": "application/problem+json", "content-language": "en" }, body: JSON.stringify(body) };
}
