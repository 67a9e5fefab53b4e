import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const MANAGER = { email: "hello@remitjunction.co.uk", currentPassword: "Password@1" };

/** Where the server's program is: named, or as `./dev/run` builds it. */
function program(): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(process.cwd(), "../../target");
  const places = [process.env["COUNTERSIGN_BIN"], join(target, "release/countersign"), join(target, "debug/countersign")];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error(`no server to try this on: set COUNTERSIGN_BIN or COUNTERSIGN_URL (looked in ${places.filter(Boolean).join(", ")})`);
  return found;
}

/** A sandbox of its own on loopback, in a folder that goes with it; or the one that COUNTERSIGN_URL names. */
export class Sandbox {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(settings: readonly string[] = []): Promise<Sandbox> {
    const given = process.env["COUNTERSIGN_URL"];
    if (given) return new Sandbox(new URL(given).origin, async () => {});
    const folder = await mkdtemp(join(tmpdir(), "countersign-"));
    const [port, opsPort] = [await freePort(), await freePort()];
    const options = ["--sandbox", "--data-dir", join(folder, "data")];
    const listen = ["--listen", `127.0.0.1:${port}`, "--ops-listen", `127.0.0.1:${opsPort}`];
    // The server takes every COUNTERSIGN_ variable for a setting, and stops at one that it does not know.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COUNTERSIGN_")));
    const server = spawn(program(), ["sandbox", ...options, ...listen], { stdio: "ignore", env });
    const stop = async (): Promise<void> => {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await ready(`http://127.0.0.1:${opsPort}/health/ready`, server);
      if (settings.length) await end(spawn(program(), ["tenant", "set", "remitjunction", ...settings, ...options], { stdio: ["ignore", "ignore", "inherit"], env }), null);
      return new Sandbox(`http://localhost:${port}`, stop);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`the server stopped with ${server.exitCode}`);
    const isReady = await fetch(url).then(({ ok }) => ok, () => false);
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server is not ready after 30 s");
}

function end(child: ChildProcess, signal: NodeJS.Signals | null = "SIGTERM"): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    if (signal) child.kill(signal);
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
