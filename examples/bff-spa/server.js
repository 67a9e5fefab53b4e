// Serves the page and stands between it and Countersign: the browser holds a cookie that it cannot read, and no token.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Bff, nodeListener } from "@countersign/client/bff";

const port = Number(process.env.PORT ?? 3000);
const keys = process.env.BFF_KEYS?.split(",");
if (!keys) {
  console.error("BFF_KEYS is not set. For a first try: BFF_KEYS=$(openssl rand -base64 32) npm start");
  process.exit(1);
}

const bff = new Bff({
  url: process.env.COUNTERSIGN_URL ?? "http://localhost:8080",
  origin: process.env.ORIGIN ?? `http://localhost:${port}`,
  keys,
  // With an API token each browser's own address is named, so that one who guesses passwords shuts out nobody else.
  ...(process.env.COUNTERSIGN_API_TOKEN && { apiToken: process.env.COUNTERSIGN_API_TOKEN }),
});
const listener = nodeListener(bff);

const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
};

const server = createServer(async (request, response) => {
  if (await listener(request, response)) return;
  const [name, type] = FILES[new URL(request.url, "http://page.invalid").pathname] ?? [];
  if (!name) return response.writeHead(404).end();
  const file = await readFile(new URL(`public/${name}`, import.meta.url));
  response.writeHead(200, {
    "Content-Type": type,
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(file);
});
server.listen(port, "127.0.0.1", () => console.log(`http://localhost:${server.address().port}`));
