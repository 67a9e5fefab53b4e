import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, UnreachableError } from "../src/index.js";
import { World } from "./world/clock.js";
import { Scene } from "./world/scene.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SESSIONS = Number(process.env["MONTH_SESSIONS"] ?? 12);

interface Outage {
  readonly from: number;
  readonly until: number;
}

/** From one second to eight hours, thirteen in the month: the same for everybody. */
function outages(): Outage[] {
  const chance = new World(99);
  const random = Array.from({ length: 12 }, () => {
    const from = chance.random() * 30 * DAY;
    return { from, until: from + 1_000 * 28_800 ** chance.random() };
  });
  // The longest one meets everybody at work.
  return [...random, { from: 8 * DAY + HOUR, until: 8 * DAY + 9 * HOUR }];
}

/** A person's month: working days with many calls, nights and weekends with none, and a machine that sleeps meanwhile. */
async function month(seed: number, down: readonly Outage[]): Promise<{ scene: Scene; handed: number; putOff: number }> {
  const scene = new Scene({ seed, skew: (seed % 3 - 1) * DAY });
  const { world, network, server } = scene;
  server.settings.accessSeconds = [1_800, 3_600, 7_200][seed % 3] as number;
  const store = new MemoryStore();
  let session = await scene.loggedIn({ store });
  network.lossRate = 0.05;
  network.latencyMs = 80;
  let handed = 0;
  let putOff = 0;
  while (world.elapsed < 30 * DAY) {
    network.isDown = down.some(({ from, until }) => from <= world.elapsed && world.elapsed < until);
    try {
      const token = await scene.token(session);
      assert.ok(server.isGood(token), `a dead token at ${world.elapsed / HOUR} h`);
      handed += 1;
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      putOff += 1;
    }
    const hour = (world.elapsed / HOUR) % 24;
    const day = Math.floor(world.elapsed / DAY) % 7;
    if (hour > 9) await scene.sleep(((day === 4 ? 72 : 24) - hour) * HOUR);
    else await world.advance(-Math.log(1 - world.random()) * 600_000);
    // Now and then the page is opened anew.
    if (world.random() < 0.05) {
      session.close();
      session = scene.session({ store });
    }
  }
  return { scene, handed, putOff };
}

test(`${SESSIONS} sessions over 30 days, 5 % of answers lost, outages up to 8 h: nobody is logged out`, async (t) => {
  const down = outages();
  const sum = { handed: 0, putOff: 0, ends: 0, reuses: 0, rotations: 0, arrived: 0, sent: 0 };
  for (let seed = 1; seed <= SESSIONS; seed++) {
    const { scene, handed, putOff } = await month(seed, down);
    sum.handed += handed;
    sum.putOff += putOff;
    sum.ends += scene.ends.length;
    sum.reuses += scene.server.counts.reuses;
    sum.rotations += scene.server.counts.rotations;
    sum.arrived += scene.server.counts.refreshRequests;
    sum.sent += scene.network.refreshesSent;
  }
  const hours = down.reduce((total, { from, until }) => total + (until - from) / HOUR, 0);
  t.diagnostic(`outages: ${down.length}, ${hours.toFixed(1)} h in all`);
  t.diagnostic(`forced log-outs: ${sum.ends}; tokens obtained: ${sum.rotations}; handed out ${sum.handed} times, put off ${sum.putOff} times`);
  t.diagnostic(`refresh requests that arrived ÷ tokens: ${(sum.arrived / sum.rotations).toFixed(4)}; that were sent ÷ tokens: ${(sum.sent / sum.rotations).toFixed(4)}`);
  assert.equal(sum.ends + sum.reuses, 0);
  assert.ok(sum.rotations > SESSIONS * 100);
  assert.ok(sum.arrived / sum.rotations <= 1.1);
});
