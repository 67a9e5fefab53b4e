import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Case, FaultStep } from "../conformance/cases.js";
import { runCase } from "../conformance/driver.js";
import { START_MS } from "./world/clock.js";
import { FakeServer } from "./world/server.js";

const cases = JSON.parse(await readFile(join(process.cwd(), "../conformance/cases.json"), "utf8")) as Case[];
const CALLS: Record<string, string> = { "refresh-token": "refresh", login: "login", logout: "logout" };
const IDLE_MS = 14 * 86_400_000;

/** A harness as the real one is, around the server's rule in one page. */
class FakeHarness {
  clockMs = START_MS;
  server = new FakeServer(() => this.clockMs);
  faults: (FaultStep & { left: number })[] = [];
  seen = 0;
  readonly #proxy = createServer((request, response) => void this.#pass(request, response));
  readonly #control = createServer((request, response) => void this.#command(request, response));

  async start(): Promise<{ url: string; control: string }> {
    const listen = (server: Server): Promise<string> =>
      new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
    return { url: await listen(this.#proxy), control: await listen(this.#control) };
  }

  stop(): void {
    for (const server of [this.#proxy, this.#control]) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await text(request)) || "null");
    const [, first, name] = (request.url ?? "").split("/");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(this.#answer(first, name, body)));
  }

  #answer(first: string | undefined, name: string | undefined, body: unknown): unknown {
    if (first === "clock") return { clockMs: (this.clockMs += (body as { advanceMs: number }).advanceMs) };
    if (first === "faults") return { waiting: (this.faults = (body as FaultStep[]).map((fault) => ({ ...fault, left: fault.times }))).length };
    if (first === "counts") return { ...this.server.counts, refreshRequests: this.seen };
    const found = cases.find((one) => one.name === name);
    this.server = new FakeServer(() => this.clockMs);
    this.server.settings.accessSeconds = found?.accessSeconds ?? 3_600;
    this.faults = [];
    this.seen = 0;
    return { clockMs: this.clockMs, email: "someone@example.com", password: "Password@1", case: found };
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const call = CALLS[(request.url ?? "").split("/").at(-1) ?? ""] ?? "other";
    if (call === "refresh") this.seen += 1;
    const fault = this.faults.find(({ on, left }) => left > 0 && (on === call || on === "*"));
    if (fault) fault.left -= 1;
    if (fault?.kind === "drop-before") return void request.socket.destroy();
    if (fault?.kind === "status") return void response.writeHead(fault.status ?? 500, fault.retryAfter ? { "retry-after": String(fault.retryAfter) } : {}).end();
    for (const session of this.server.sessions.values()) if (this.clockMs - session.rotatedAt > IDLE_MS) session.end ??= "idle";
    const answer = this.server.answer({ method: request.method ?? "", path: request.url ?? "", headers: new Headers(request.headers as Record<string, string>), body });
    if (fault?.kind === "drop-after") return void request.socket.destroy();
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 0));
    response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
    if (fault?.kind === "cut") return void response.write(answer.body.slice(0, 100), () => response.destroy());
    response.end(answer.body);
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of request) all += String(chunk);
  return all;
}

const harness = new FakeHarness();
let places: { url: string; control: string };
before(async () => {
  places = await harness.start();
});
after(() => harness.stop());

for (const { name, why } of cases) {
  test(`conformance: ${name}: ${why}`, () => runCase(name, places.url, places.control));
}

test("conformance: a client that does something else fails", async () => {
  const [first] = cases as [Case];
  Object.assign(first, { expect: { ...first.expect, rotations: 1 } });
  await assert.rejects(runCase(first.name, places.url, places.control), /rotations/);
});
