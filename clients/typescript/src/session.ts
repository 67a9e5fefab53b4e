import type { components } from "./api.generated.js";
import { LATE, type Moment, within } from "./clock.js";
import { type Call, Connection, type ConnectionOptions } from "./connection.js";
import { EndedError, ProblemError, StoreError, ended } from "./errors.js";
import { type Endpoints, type Manner, endpoints } from "./endpoints.js";
import { authorised } from "./fetch.js";
import { Keeper, type SessionEvents } from "./keeper.js";
import { type LoginAnswer, type Pair, type Tenant, type User, margin, readPair } from "./pair.js";
import { Rotation } from "./rotation.js";
import { MemoryStore } from "./stores/memory.js";
import type { Store } from "./stores/store.js";

/** Who logs in, and how; `deviceToken` is filled in from the store. */
export type Credentials = components["schemas"]["LoginRequest"];

/** What a session is made with. */
export interface SessionOptions extends ConnectionOptions, SessionEvents {
  /** Where tokens are kept; in memory by default. */
  readonly store?: Store;
  /** Origins beside the service's own (and the page's) that {@link Session.fetch} sends the token to. */
  readonly origins?: readonly string[];
}

/** What a login tells: no token is among it. */
export interface LoggedIn {
  readonly user: User;
  readonly tenant: Tenant;
  /** `listed`: the password is a common or breached one by now, so offer to change it. */
  readonly passwordAdvice: string | null;
}

/** An access token with less life than this is not good for a request any more, in milliseconds. */
const GOOD_MS_MIN = 1_000;
/** How long callers wait for a new token while the old one is still good, from when it was first asked for, in milliseconds. */
const STILL_GOOD_WAIT_MS = 1_000;
/** A token that is refused so soon after it was asked for anew is not helped by another, in milliseconds. */
const FORCED_EVERY_MS = 30_000;

/** One person's session, or one API token: hands out an access token that is good. */
export class Session {
  /** The other calls of the contract, with the session's token where they take one. */
  readonly api: Endpoints;
  readonly #connection: Connection;
  readonly #keeper: Keeper;
  readonly #rotation: Rotation;
  readonly #origins: ReadonlySet<string>;
  readonly #unfollow: () => void;
  #apiToken: string | null = null;
  #forced: Moment | null = null;

  constructor(options: SessionOptions) {
    this.#connection = new Connection(options);
    this.#keeper = new Keeper(options.store ?? new MemoryStore(), this.#connection, options);
    this.#rotation = new Rotation(this.#keeper, this.#connection);
    const page = (globalThis as { location?: { origin: string } }).location?.origin;
    this.#origins = new Set([this.#connection.origin, ...(page ? [page] : []), ...(options.origins ?? [])]);
    this.#unfollow = this.#keeper.follow();
    this.api = endpoints((call, manner) => this.#call(call, manner));
  }

  /**
   * A server's session: an API token, sent as it is and never refreshed. Without `token`, that of the environment
   * variable `COUNTERSIGN_API_TOKEN`.
   */
  static fromApiToken(options: SessionOptions & { readonly token?: string }): Session {
    const environment = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env;
    const token = options.token ?? environment?.["COUNTERSIGN_API_TOKEN"];
    if (!token) throw new TypeError("no API token: give one, or set COUNTERSIGN_API_TOKEN");
    const session = new Session(options);
    session.#apiToken = token;
    return session;
  }

  /** Whose session it is, as far as is known without asking; null before a login and after the end. */
  get user(): User | null {
    return this.#keeper.pair?.user ?? null;
  }

  /** Logs in, and replaces whatever session there was. Never repeated by itself: a failed attempt counts. */
  async login(credentials: Credentials): Promise<LoggedIn> {
    if (this.#apiToken) throw new TypeError("a session of an API token does not log in");
    const key = this.#deviceKey(credentials.email);
    const held = await this.#keeper.read();
    const body = { deviceToken: held?.devices[key], ...credentials };
    const answer = await this.#connection.send({ method: "PUT", path: "/api/v6/services/securitymanagement/login", body });
    const pair = readPair(answer, this.#connection);
    const { deviceToken, passwordAdvice } = answer as LoginAnswer;
    await this.#keeper.open(pair, deviceToken ? { key, token: deviceToken } : null);
    return { user: pair.user, tenant: pair.tenant, passwordAdvice: passwordAdvice ?? null };
  }

  /**
   * An access token that is good now, refreshed if it is about to expire. Pass one that was just refused to get another.
   * Throws {@link EndedError} once the session is over, {@link UnreachableError} where no good token can be had now.
   */
  async token(refused?: string): Promise<string> {
    if (this.#apiToken) return this.#apiToken;
    this.#keeper.makeUp();
    const pair = this.#keeper.pair ?? (await this.#load());
    const isRefused = pair.accessToken === refused;
    const left = isRefused ? -Infinity : this.#rotation.left(pair);
    if (left > margin(pair) || (isRefused && !this.#mayForce())) return pair.accessToken;
    if (left <= GOOD_MS_MIN) return (await this.#rotation.next(pair, isRefused)).accessToken;
    const patienceMs = STILL_GOOD_WAIT_MS - this.#rotation.age;
    return this.#rotation.isHeldBack || patienceMs <= 0 ? pair.accessToken : this.#nextWithin(patienceMs, pair);
  }

  /**
   * `fetch` with the session's access token, and once more with a new one after a 401 for the token. The token goes to the
   * service's own origin, the page's and those in `origins`; redirects are not followed.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return authorised(this.#connection, this, this.#origins, input, init);
  }

  /** Keeps the device token of an answer whose request named no email: of `confirmEmail` and `resetPassword`. */
  keepDeviceToken(email: string, token: string): Promise<void> {
    return this.#keeper.takeDevice(this.#deviceKey(email), token);
  }

  /**
   * Logs out: forgets the tokens here and in the store in every case, then tells the server. Whether the server knows, the
   * answer says; where it does not, the session lives there until it expires.
   */
  async logout(): Promise<{ readonly serverKnows: boolean }> {
    if (this.#apiToken) throw new TypeError("a session of an API token does not log out: invalidate the token");
    if (!this.#keeper.pair && !this.#keeper.ended) await this.#keeper.read();
    const pair = this.#keeper.pair;
    if (!pair) return { serverKnows: true };
    await this.#keeper.finish(pair.session, ended("LOGGED_OUT"));
    const call: Call = {
      method: "PUT",
      path: "/api/v6/services/securitymanagement/logout",
      body: { refresh_token: pair.refreshToken },
      headers: { "X-Auth-Token": pair.accessToken },
    };
    try {
      await this.#connection.retry(() => this.#connection.send(call));
      return { serverKnows: true };
    } catch (error) {
      // Tokens that the server does not take any more are dead there.
      return { serverKnows: error instanceof ProblemError && error.status === 401 };
    }
  }

  /** Stops listening to the other holders of the store. The session itself goes on. */
  close(): void {
    this.#unfollow();
  }

  async #load(): Promise<Pair> {
    if (this.#keeper.ended) throw this.#keeper.ended;
    const held = await this.#keeper.read();
    if (this.#keeper.pair) return this.#keeper.pair;
    if (held) throw this.#keeper.ended ?? ended("NOT_LOGGED_IN");
    throw new StoreError({ code: "STORE", message: "The session could not be read on this device." });
  }

  /** The next token, or the one that is still good where the next takes long or cannot be had now. */
  async #nextWithin(patienceMs: number, pair: Pair): Promise<string> {
    try {
      const next = await within(this.#connection.clock, patienceMs, this.#rotation.next(pair, false));
      return next === LATE ? pair.accessToken : next.accessToken;
    } catch (error) {
      if (error instanceof EndedError) throw error;
      return pair.accessToken;
    }
  }

  #mayForce(): boolean {
    const { time } = this.#connection;
    if (this.#forced && time.elapsed(this.#forced) < FORCED_EVERY_MS) return false;
    this.#forced = time.mark();
    return true;
  }

  async #call(call: Call, manner: Manner): Promise<unknown> {
    if (manner.isOpen) return this.#send(call, manner);
    const token = await this.token();
    // The standard endpoints take a token only as their standards say.
    const isStandard = call.path.startsWith("/oauth2/");
    const authorise = (token: string): Call => ({
      ...call,
      headers: isStandard ? { Authorization: `Bearer ${token}` } : { "X-Auth-Token": token },
    });
    const answer = await this.#send(authorise(token), manner).catch(async (error: unknown) => {
      if (!(error instanceof ProblemError && error.code === "INVALID_TOKEN")) throw error;
      const other = await this.token(token);
      if (other === token) throw error;
      return this.#send(authorise(other), manner);
    });
    const device: unknown = Object(answer).deviceToken;
    const email = this.user?.email;
    if (email && typeof device === "string") await this.keepDeviceToken(email, device);
    return answer;
  }

  #send(call: Call, manner: Manner): Promise<unknown> {
    const send = (): Promise<unknown> => this.#connection.send(call);
    return manner.isRepeatable ? this.#connection.retry(send) : send();
  }

  #deviceKey(email: string): string {
    return `${this.#connection.origin} ${email.trim().toLowerCase()}`;
  }
}
