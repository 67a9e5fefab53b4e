import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MANAGER, Sandbox, freePort } from "../sandbox/sandbox.js";
import { Chromium } from "./chromium.js";

const FOLDER = join(process.cwd(), "../../examples/bff-spa");

let sandbox: Sandbox | undefined;
let example: ChildProcess | undefined;
let chromium: Chromium | undefined;
let url = "";

before(async () => {
  sandbox = await Sandbox.start();
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--offline"], { cwd: FOLDER, stdio: "ignore" });
  const port = await freePort();
  url = `http://localhost:${port}`;
  const env = { ...process.env, BFF_KEYS: randomBytes(32).toString("base64"), COUNTERSIGN_URL: sandbox.url, PORT: String(port) };
  example = spawn(process.execPath, ["server.js"], { cwd: FOLDER, env, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => example?.stdout?.once("data", resolve));
  chromium = await Chromium.start();
});
after(async () => {
  await chromium?.stop();
  example?.kill();
  await sandbox?.stop();
});

test("the example: log in, see something, log out, and no script ever sees a token", async () => {
  const browser = chromium as Chromium;
  const tab = await browser.open(url);
  const wait = `const until = async (holds) => { for (let n = 0; n < 250; n++) { if (holds()) return; await new Promise((r) => setTimeout(r, 20)); } throw new Error(document.body.innerText); };
    const $ = (id) => document.getElementById(id);`;
  await browser.run(tab, `${wait} await until(() => !$("login").hidden);
    $("login").email.value = args[0].email; $("login").currentPassword.value = args[0].currentPassword; $("login").requestSubmit();
    await until(() => !$("inside").hidden);`, MANAGER);
  const seen = await browser.run<{ who: string; sessions: number; cookie: string; kept: number }>(tab, `${wait} $("load").click();
    await until(() => $("sessions").children.length > 0);
    return { who: $("who").textContent, sessions: $("sessions").children.length, cookie: document.cookie, kept: localStorage.length + sessionStorage.length };`);
  assert.equal(seen.who, `${MANAGER.email} (MANAGER)`);
  assert.deepEqual([seen.sessions, seen.cookie, seen.kept], [1, "", 0]);
  const other = await browser.open(url);
  await browser.run(other, `${wait} await until(() => !$("inside").hidden); $("logout").click(); await until(() => $("said").textContent === "You are logged out.");`);
  const said = await browser.run<string>(tab, `${wait} $("load").click(); await until(() => $("said").textContent); return $("said").textContent;`);
  assert.match(said, /not logged in/);
});
