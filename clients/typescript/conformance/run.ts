import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./cases.js";
import { runCase } from "./driver.js";

const { COUNTERSIGN_URL: url, COUNTERSIGN_CONTROL: control } = process.env;
if (!url || !control) {
  console.error("COUNTERSIGN_URL and COUNTERSIGN_CONTROL say where the harness is; one of them is not set.");
  process.exit(2);
}

// Every client runs the same file.
const file = process.argv[2] ?? join(process.cwd(), "../conformance/cases.json");
const cases = JSON.parse(await readFile(file, "utf8")) as Case[];
let failed = 0;
for (const { name } of cases) {
  try {
    await runCase(name, url, control);
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exit(failed || cases.length === 0 ? 1 : 0);
