import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MANAGER, Sandbox } from "../sandbox/sandbox.js";
import { Chromium } from "./chromium.js";
import { Site } from "./site.js";

const TABS = 20;
/** Puts an access token of an hour within its margin. */
const NEARLY_A_LIFE_MS = 3_400_000;

let sandbox: Sandbox | undefined;
let site: Site;
let chromium: Chromium | undefined;
let tabs: string[] = [];
let ahead = 0;

before(async () => {
  sandbox = await Sandbox.start();
  site = new Site(sandbox.url);
  await site.start();
  chromium = await Chromium.start();
});
after(async () => {
  await chromium?.stop();
  site?.stop();
  await sandbox?.stop();
});

const run = <T>(tab: string | undefined, body: string, ...args: unknown[]): Promise<T> => (chromium as Chromium).run<T>(String(tab), body, ...args);
/** A token of the tab's session, and whether the service takes it. */
const ASK = `window.ahead = args[0]; const token = await session.token();
  const headers = { "X-Auth-Token": token, platform: "fincode", uuid: crypto.randomUUID() };
  const answer = await fetch("/api/v6/services/usermanagement/profile", { headers });
  return { token, status: answer.status, ends };`;
interface Asked {
  readonly token: string;
  readonly status: number;
  readonly ends: string[];
}

async function everybodyAsks(): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const tab of tabs) asked.push(await run<Asked>(tab, ASK, ahead));
  return asked;
}

test("what is kept is sealed, under a key that nobody gets", async () => {
  const tab = await (chromium as Chromium).open(site.url);
  tabs.push(tab);
  await run(tab, "await session.login(args[0]);", MANAGER);
  const kept = await run<{ isSealed: boolean; extractable: boolean }>(tab, `
    const database = await new Promise((resolve) => { const open = indexedDB.open("countersign:tabs"); open.onsuccess = () => resolve(open.result); });
    const get = (key) => new Promise((resolve) => { const got = database.transaction("records").objectStore("records").get(key); got.onsuccess = () => resolve(got.result); });
    const [key, held] = [await get("key"), await get("held")];
    database.close();
    const bytes = new TextDecoder("latin1").decode(held.data) + JSON.stringify(held);
    return { isSealed: held.data.byteLength > 1000 && !bytes.includes("eyJ") && !bytes.includes("hello@"), extractable: key.extractable };`);
  assert.deepEqual(kept, { isSealed: true, extractable: false });
});

test(`${TABS} pages of one store: one refresh for each life in the quiet case`, async () => {
  while (tabs.length < TABS) tabs.push(await (chromium as Chromium).open(site.url));
  await everybodyAsks();
  assert.equal(site.ids.length, 0);
  for (let life = 1; life <= 3; life++) {
    ahead += NEARLY_A_LIFE_MS;
    const asked = await everybodyAsks();
    assert.ok(asked.every(({ status, ends }) => status === 200 && ends.length === 0));
    assert.equal(site.ids.length, life, "refresh requests");
    assert.equal(site.counter, life, "rotations");
    assert.equal(new Set(asked.map(({ token }) => token)).size, 1);
  }
});

test(`${TABS} pages that need a token at the same moment rotate once`, async () => {
  const before = site.ids.length;
  ahead += NEARLY_A_LIFE_MS;
  const at = Date.now() + 4_000;
  for (const tab of tabs) {
    await run(tab, "window.ahead = args[0]; window.asked = new Promise((resolve) => setTimeout(resolve, args[1] - Date.now())).then(() => session.token());", ahead, at);
  }
  for (const tab of tabs) await run(tab, "await window.asked;");
  const asked = await everybodyAsks();
  assert.ok(asked.every(({ status, ends }) => status === 200 && ends.length === 0));
  assert.equal(site.counter, 4, "rotations");
  const ids = site.ids.slice(before);
  assert.equal(new Set(ids).size, 1, "one id for one rotation");
  console.log(`# ${TABS} pages at the same moment: ${ids.length} refresh requests, one rotation`);
});

test("pages that are closed while their refresh is under way leave the others a session", async () => {
  for (let round = 0; round < 3; round++) {
    const before = site.ids.length;
    const rotations = site.counter;
    ahead += NEARLY_A_LIFE_MS;
    site.holdMs = 3_000;
    const dying = tabs.splice(0, 3);
    for (const tab of dying) await run(tab, "window.ahead = args[0]; void session.token().catch(() => {});", ahead);
    while (site.counter === rotations) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const tab of dying) await (chromium as Chromium).close(tab);
    site.holdMs = 0;
    const asked = await everybodyAsks();
    assert.ok(asked.every(({ status, ends }) => status === 200 && ends.length === 0));
    assert.equal(site.counter, rotations + 1, "rotations");
    assert.equal(new Set(site.ids.slice(before)).size, 1);
  }
});

test("a log-out in one page is known to all of them at once", async () => {
  const result = await run<{ serverKnows: boolean }>(tabs[0], "return session.logout();");
  assert.deepEqual(result, { serverKnows: true });
  for (const tab of tabs) {
    await run(tab, "for (let n = 0; n < 100 && !ends.length; n++) await new Promise((resolve) => setTimeout(resolve, 20));");
    assert.deepEqual(await run(tab, "return ends;"), ["LOGGED_OUT"]);
  }
});
