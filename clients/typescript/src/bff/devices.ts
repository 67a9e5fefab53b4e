import { type CookieManner, readCookie, setCookie } from "./cookies.js";
import { type Sealer, hash } from "./sealer.js";

const NAME = "countersign-device";
/** As long as the server takes a device token. */
const SECONDS = 180 * 86_400;
/** As many people as use one browser; more would not fit into a cookie. */
const PEOPLE_MAX = 4;

/** The browser's device tokens by email, in a cookie of their own that survives log-outs. */
export class Devices {
  readonly #sealer: Sealer;
  readonly #manner: CookieManner;

  constructor(sealer: Sealer, manner: CookieManner) {
    this.#sealer = sealer;
    this.#manner = manner;
  }

  async find(request: Request, email: string): Promise<string | undefined> {
    return (await this.#read(request))[await key(email)];
  }

  async keep(request: Request, email: string, token: string): Promise<string> {
    const name = await key(email);
    const { [name]: _, ...others } = await this.#read(request);
    const kept = Object.fromEntries([...Object.entries(others), [name, token]].slice(-PEOPLE_MAX));
    return setCookie(NAME, await this.#sealer.seal(JSON.stringify(kept), NAME), SECONDS, this.#manner);
  }

  async #read(request: Request): Promise<Record<string, string>> {
    const sealed = readCookie(request, NAME);
    const text = sealed && (await this.#sealer.open(sealed, NAME));
    return text ? (JSON.parse(text) as Record<string, string>) : {};
  }
}

async function key(email: string): Promise<string> {
  return (await hash(email.trim().toLowerCase())).slice(0, 16);
}
