// Packs the package, installs it into an empty folder and uses all three of its entries from there, as types too.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "countersign-packed-"));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], process.cwd()).replace(/^[^[]*/, ""));
  console.log(`packed ${packed.filename}: ${packed.entryCount} files, ${packed.size} bytes`);
  const stray = packed.files.filter(({ path }) => !/^(dist\/|README\.md$|LICENSE$|package\.json$)/.test(path));
  if (stray.length) throw new Error(`it has files that nobody needs: ${stray.map(({ path }) => path).join(", ")}`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--offline", `./${packed.filename}`], folder);
  const installed = run("npm", ["ls", "--all", "--parseable"], folder).trim().split("\n").length - 1;
  console.log(`installed into an empty folder: ${installed} package`);
  if (installed !== 1) throw new Error("it brought others along");

  const use = `import { Session, MemoryStore, EndedError } from "@countersign/client";
import { Verifier } from "@countersign/client/verify";
import { Bff, nodeListener } from "@countersign/client/bff";
const session = new Session({ url: "https://remitjunction.example.com", store: new MemoryStore() });
const code = await session.token().catch((error: unknown) => error instanceof EndedError ? error.code : "?");
const verifier = new Verifier({ issuer: "https://remitjunction.example.com" });
const refused = await verifier.verify("x").catch((error: Error) => error.name);
const bff = new Bff({ url: "https://remitjunction.example.com", origin: "https://app.example.com", keys: [btoa("k".repeat(32))] });
const answer = await bff.handle(new Request("https://app.example.com/bff/session", { headers: { "X-Countersign": "1" } }));
console.log(JSON.stringify({ code, refused, status: answer.status, body: await answer.json(), listener: typeof nodeListener(bff) }));
`;
  writeFileSync(join(folder, "use.ts"), use);
  const compiler = join(process.cwd(), "node_modules/typescript/bin/tsc");
  const strict = { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true };
  const compilerOptions = { ...strict, module: "nodenext", target: "es2022", lib: ["es2023", "dom"], types: [], noEmitOnError: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
  run(process.execPath, [compiler], folder);
  console.log("compiled against its types, strictly, without any others");
  const said = run(process.execPath, ["use.js"], folder).trim();
  console.log(`used: ${said}`);
  const expected = { code: "NOT_LOGGED_IN", refused: "InvalidTokenError", status: 200, body: { user: null, tenant: null }, listener: "function" };
  if (said !== JSON.stringify(expected)) throw new Error(`expected ${JSON.stringify(expected)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
