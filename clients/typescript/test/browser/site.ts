import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";

const PAGE = `<!doctype html><title>tab</title><script type="module">
  import { Session, IndexedDbStore, systemClock } from "/dist/index.js";
  window.ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead };
  window.ends = [];
  window.session = new Session({ url: location.origin, store: new IndexedDbStore("tabs"), clock, onEnd: (reason) => ends.push(reason.code) });
</script>`;

/** A page with the client in it, on one origin with a service; sees every refresh that passes. */
export class Site {
  url = "";
  /** The `uuid` of each refresh. */
  readonly ids: string[] = [];
  /** The place in the chain that the last answer was. */
  counter = 0;
  /** Holds answers to refreshes back, in milliseconds. */
  holdMs = 0;
  readonly #service: string;
  readonly #server: Server;

  constructor(service: string) {
    this.#service = service;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${(this.#server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (path.startsWith("/api/")) return this.#pass(request, response, path);
    if (!path.startsWith("/dist/")) return void response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    const file = await readFile(join(process.cwd(), normalize(path)));
    response.writeHead(200, { "content-type": "text/javascript" }).end(file);
  }

  async #pass(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const names = ["content-type", "platform", "uuid", "x-auth-token", "user-agent"];
    const headers = Object.fromEntries(names.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])));
    const isRefresh = path.endsWith("/refresh-token");
    if (isRefresh) this.ids.push(String(request.headers["uuid"]));
    const body = chunks.length ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(this.#service + path, { method: request.method ?? "GET", headers, ...body });
    const text = await answer.text();
    if (isRefresh && answer.ok) {
      const token = (JSON.parse(text) as { refresh_token: string }).refresh_token;
      this.counter = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).ctr as number;
      if (this.holdMs) await new Promise((resolve) => setTimeout(resolve, this.holdMs));
    }
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "", date: answer.headers.get("date") ?? "" }).end(text);
  }
}
