// Writes src/api.generated.ts from docs/openapi.json; with --check it writes nothing and fails on a difference.
//
// What every operation shares (the headers this client sends by itself, the problems it turns into errors) is left out:
// it would be nine tenths of the file, and nothing reads it.
import { readFile, writeFile } from "node:fs/promises";
import { format } from "node:util";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../../docs/openapi.json", import.meta.url);
const target = new URL("../src/api.generated.ts", import.meta.url);

const description = JSON.parse(await readFile(source, "utf8"));
for (const operations of Object.values(description.paths)) {
  for (const operation of Object.values(operations)) {
    if (!operation.responses) continue;
    // Two methods of one path share an id there, which is more than the generator takes; paths name them as well.
    delete operation.operationId;
    operation.parameters = operation.parameters?.filter((parameter) => parameter.in !== "header");
    for (const [status, response] of Object.entries(operation.responses)) {
      delete response.headers;
      if (!status.startsWith("2")) delete operation.responses[status];
    }
  }
}

const types = astToString(await openapiTS(description, { defaultNonNullable: false }));
const text = `// Generated from docs/openapi.json by \`npm run generate\`: do not edit.\n\n${types}`;

if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error(format("%s is not what docs/openapi.json says: run `npm run generate`.", target.pathname));
    process.exit(1);
  }
  console.log("src/api.generated.ts is what docs/openapi.json says.");
} else {
  await writeFile(target, text);
}
