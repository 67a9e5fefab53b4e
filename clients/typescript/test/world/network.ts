import type { World } from "./clock.js";
import type { Answer, FakeServer } from "./server.js";

export interface Fault {
  /** `refresh`, `login`, `logout` or `*`. */
  readonly on: string;
  readonly kind: "drop-before" | "drop-after" | "status" | "cut" | "delay" | "html";
  times: number;
  readonly status?: number;
  readonly retryAfter?: number | string;
  readonly ms?: number;
}

const NAMES: Record<string, string> = { "refresh-token": "refresh", login: "login", logout: "logout" };

/** The way to a server, on which things get lost. */
export class Network {
  readonly faults: Fault[] = [];
  /** Nothing gets through. */
  isDown = false;
  /** The share of answers that get lost after the server has acted. */
  lossRate = 0;
  /** How long an answer takes, in milliseconds. */
  latencyMs = 0;
  /** All refresh requests that left the client, whether they arrived or not. */
  refreshesSent = 0;
  readonly #world: World;
  readonly #server: FakeServer;

  constructor(world: World, server: FakeServer) {
    this.#world = world;
    this.#server = server;
  }

  fault(fault: Omit<Fault, "times"> & { times?: number }): void {
    this.faults.push({ times: 1, ...fault });
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const name = NAMES[url.pathname.split("/").at(-1) ?? ""] ?? "other";
    if (name === "refresh") this.refreshesSent += 1;
    const signal = init.signal ?? undefined;
    if (this.latencyMs) await this.#world.sleep(this.latencyMs / 2, signal);
    const fault = this.#fault(name);
    if (this.isDown || fault?.kind === "drop-before") throw new TypeError("fetch failed");
    if (fault?.kind === "status") return failure(fault);
    const body = init.body ? await new Response(init.body).text() : "";
    const answer = this.#server.answer({ method: init.method ?? "GET", path: url.pathname, headers: new Headers(init.headers), body });
    if (this.latencyMs) await this.#world.sleep(this.latencyMs / 2, signal);
    if (fault?.kind === "delay") await this.#world.sleep(fault.ms ?? 0, signal);
    if (fault?.kind === "drop-after" || signal?.aborted) throw new TypeError("fetch failed");
    if (fault?.kind === "html") return new Response("<html>Welcome to our wireless network</html>", { status: fault.status ?? 200, headers: { "content-type": "text/html" } });
    return respond(answer, fault?.kind === "cut");
  };

  #fault(name: string): Fault | undefined {
    const fault = this.faults.find((fault) => fault.times > 0 && (fault.on === name || fault.on === "*"));
    if (fault) {
      fault.times -= 1;
      return fault;
    }
    if (this.#world.random() >= this.lossRate) return undefined;
    return { on: name, kind: "drop-after", times: 0 };
  }
}

function failure(fault: Fault): Response {
  const headers = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
  return new Response("", { status: fault.status ?? 500, headers });
}

function respond(answer: Answer, isCut: boolean): Response {
  const body = isCut ? answer.body.slice(0, answer.body.length / 2) : answer.body;
  return new Response(body, { status: answer.status, headers: answer.headers });
}
