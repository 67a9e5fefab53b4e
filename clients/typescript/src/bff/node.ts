import type { Bff } from "./bff.js";

/** What of `node:http`'s request is used. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What of `node:http`'s response is used. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  write(chunk: Uint8Array): unknown;
  end(): unknown;
}

/**
 * A listener for `node:http` that answers the BFF's routes, and says whether a request was one of them.
 *
 * The browser's address is the connection's. Behind a proxy give `clientAddress`, which takes it from whatever header
 * that proxy sets (and no other can).
 */
export function nodeListener(
  bff: Bff,
  options: { readonly clientAddress?: (request: NodeRequest) => string | undefined } = {},
): (request: NodeRequest, response: NodeResponse) => Promise<boolean> {
  return async (request, response) => {
    // The host of the address is of no meaning: nothing is decided by it.
    const url = new URL(request.url ?? "/", "http://bff.invalid");
    if (!bff.serves(url.pathname)) return false;
    const clientAddress = options.clientAddress ? options.clientAddress(request) : plainAddress(request.socket.remoteAddress);
    const answer = await bff.handle(webRequest(request, url), { clientAddress });
    const headers: Record<string, string | string[]> = Object.fromEntries(answer.headers);
    const cookies = answer.headers.getSetCookie();
    if (cookies.length) headers["set-cookie"] = cookies;
    response.writeHead(answer.status, headers);
    if (answer.body) for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) response.write(chunk);
    response.end();
    return true;
  };
}

function webRequest(request: NodeRequest, url: URL): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(":")) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const method = request.method ?? "GET";
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const chunks = request[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Request(url, { method, headers, body, duplex: "half" } as RequestInit);
}

/** An IPv4 address that came in on an IPv6 socket, as itself. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/, "");
}
