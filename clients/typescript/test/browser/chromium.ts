import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { freePort } from "../sandbox/sandbox.js";

function find(variable: string, place: string): string {
  const found = process.env[variable] ?? place;
  if (!existsSync(found)) throw new Error(`no ${found}: install Chromium and its driver, or set ${variable}`);
  return found;
}

/** A real Chromium, driven by the WebDriver protocol. */
export class Chromium {
  readonly #driver: ChildProcess;
  readonly #base: string;

  private constructor(driver: ChildProcess, base: string) {
    this.#driver = driver;
    this.#base = base;
  }

  static async start(): Promise<Chromium> {
    const binary = find("CHROMIUM_BIN", "/usr/bin/chromium");
    const port = await freePort();
    const driver = spawn(find("CHROMEDRIVER_BIN", "/usr/bin/chromedriver"), [`--port=${port}`], { stdio: "ignore" });
    const base = `http://127.0.0.1:${port}`;
    try {
      for (let tries = 0; !(await fetch(`${base}/status`).then(({ ok }) => ok, () => false)); tries++) {
        if (tries > 100) throw new Error("chromedriver is not ready after 10 s");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];
      const capabilities = { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { binary, args } } };
      const { sessionId } = (await command("POST", `${base}/session`, { capabilities })) as { sessionId: string };
      return new Chromium(driver, `${base}/session/${sessionId}`);
    } catch (error) {
      driver.kill();
      throw error;
    }
  }

  /** Opens a page in a tab of its own; answers the tab's handle. */
  async open(url: string): Promise<string> {
    const { handle } = (await command("POST", `${this.#base}/window/new`, { type: "tab" })) as { handle: string };
    await this.#switch(handle);
    await command("POST", `${this.#base}/url`, { url });
    return handle;
  }

  /** Runs the body of an async function in a tab, and answers what it returns. */
  async run<T>(handle: string, body: string, ...args: unknown[]): Promise<T> {
    await this.#switch(handle);
    const script = `const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
      (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error && error.stack || error) }));`;
    const result = (await command("POST", `${this.#base}/execute/async`, { script, args })) as { value: T; error?: string };
    if (result.error) throw new Error(result.error);
    return result.value;
  }

  async close(handle: string): Promise<void> {
    await this.#switch(handle);
    await command("DELETE", `${this.#base}/window`);
  }

  async stop(): Promise<void> {
    await command("DELETE", this.#base).catch(() => {});
    this.#driver.kill();
  }

  async #switch(handle: string): Promise<void> {
    await command("POST", `${this.#base}/window`, { handle });
  }
}

async function command(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value).slice(0, 500)}`);
  return value;
}
