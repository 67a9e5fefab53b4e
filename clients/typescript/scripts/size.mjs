// Says how large each entry is, minified and compressed, and fails where the browser's is too large.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BROWSER_BYTES_MAX = 8 * 1024;

let isTooLarge = false;
for (const entry of ["index", "verify/index", "bff/index"]) {
  const { outputFiles } = await build({
    entryPoints: [`dist/${entry}.js`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  const isBrowser = entry === "index";
  console.log(`${entry}: ${bytes} bytes compressed${isBrowser ? ` of at most ${BROWSER_BYTES_MAX}` : ""}`);
  if (isBrowser && bytes >= BROWSER_BYTES_MAX) isTooLarge = true;
}
process.exit(isTooLarge ? 1 : 0);
