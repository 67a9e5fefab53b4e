import assert from "node:assert/strict";
import { type Clock, EndedError, type Held, MemoryStore, type Move, Session, type Store, UnreachableError, systemClock } from "../src/index.js";
import type { Begun, Case, Counts, Step } from "./cases.js";

/** The harness's control. */
class Control {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/$/, "");
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(this.#url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

/** The client's clocks, which move along with the server's. */
class SharedClock implements Clock {
  /** The server's time. */
  serverMs: number;
  readonly #control: Control;
  readonly #began: number;
  readonly #skew: number;
  #slept = 0;

  constructor(control: Control, clockMs: number, skew: number) {
    this.#control = control;
    this.#began = this.serverMs = clockMs;
    this.#skew = skew;
  }

  now = (): number => this.serverMs + this.#skew;
  monotonic = (): number => this.serverMs - this.#began - this.#slept;
  random = (): number => Math.random();

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // What can be called off is a time-out, for requests that take real time; the rest are waits between tries.
    if (signal) return systemClock.sleep(ms, signal);
    await this.advance(Math.ceil(ms), false);
  }

  async advance(ms: number, clientSleeps: boolean): Promise<void> {
    if (clientSleeps) this.#slept += ms;
    this.serverMs = (await this.#control.call<{ clockMs: number }>("POST", "/clock", { advanceMs: ms })).clockMs;
  }
}

class FailingStore implements Store {
  failures = 0;
  readonly #store = new MemoryStore();

  read(): Promise<Held> {
    return this.#store.read();
  }

  async update(move: Move): Promise<Held> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("this write fails");
    }
    return this.#store.update(move);
  }
}

/** Runs one case; throws where the client does something else than it says. */
export async function runCase(name: string, url: string, controlUrl: string): Promise<void> {
  const control = new Control(controlUrl);
  const begun = await control.call<Begun>("POST", `/cases/${name}/begin`);
  const clock = new SharedClock(control, begun.clockMs, begun.case.clientSkewMs);
  const store = new FailingStore();
  const ends: string[] = [];
  const open = (): Session => new Session({ url, clock, store, onEnd: ({ code }) => ends.push(code) });
  let session = open();
  for (const [index, step] of begun.case.steps.entries()) {
    try {
      if (step.do === "reopen") session = open();
      else await take(step, session, clock, store, control, begun);
    } catch (cause) {
      throw new Error(`step ${index + 1} (${JSON.stringify(step)}): ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  await judge(begun.case, await control.call<Counts>("GET", "/counts"), ends);
}

async function take(step: Step, session: Session, clock: SharedClock, store: FailingStore, control: Control, begun: Begun): Promise<void> {
  switch (step.do) {
    case "login": {
      const login = session.login({ email: begun.email, currentPassword: begun.password });
      return step.expect === "unreachable" ? assert.rejects(login, UnreachableError) : void (await login);
    }
    case "token": {
      if (step.expect === "valid") return assert.ok(expiry(await session.token()) > clock.serverMs, "the token has expired");
      const kind = step.expect === "ended" ? EndedError : UnreachableError;
      return assert.rejects(session.token(), (error: unknown) => {
        assert.ok(error instanceof kind, `${String(error)} is not ${kind.name}`);
        if (step.code) assert.equal(error.code, step.code);
        return true;
      });
    }
    case "advance":
      return clock.advance(step.ms, step.clientSleeps ?? false);
    case "fault": {
      const { do: _, ...fault } = step;
      return control.call("POST", "/faults", [fault]);
    }
    case "clearFaults":
      return control.call("POST", "/faults", []);
    case "storeFails":
      store.failures += step.times;
      return;
    case "logout":
      await session.logout();
      return;
    default:
      throw new Error("this runner does not know the step");
  }
}

async function judge({ expect }: Case, counts: Counts, ends: readonly string[]): Promise<void> {
  assert.equal(counts.rotations, expect.rotations, "rotations");
  assert.ok(counts.refreshRequests <= expect.refreshRequestsMax, `${counts.refreshRequests} refresh requests, at most ${expect.refreshRequestsMax} expected`);
  assert.equal(ends.filter((code) => code !== "LOGGED_OUT").length, expect.ends, "ends");
}

function expiry(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp: number };
  return claims.exp * 1_000;
}
