import { type Held, type Move, NOTHING } from "../held.js";
import type { Store } from "./store.js";

/** What stands in the database: nothing of it can be read without the key, and the version says whether it is still the same. */
interface Sealed {
  readonly version: number;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
}

const RECORDS = "records";

/**
 * Keeps tokens in IndexedDB, sealed with AES-256-GCM under a key that WebCrypto made and does not give out. All tabs of an
 * origin share it, and tell each other of changes.
 *
 * It keeps tokens out of files and backups of the browser's profile that are read without the browser. It does not keep
 * them from a script that runs in the page: that one can use the key as the page does. Where that matters, keep no tokens
 * in the browser (`@countersign/client/bff`).
 */
export class IndexedDbStore implements Store {
  readonly #name: string;
  #opened: Promise<IDBDatabase> | undefined;
  #channel: BroadcastChannel | undefined;

  /** One name for one server: whoever gives the same name shares what is kept. */
  constructor(name = "countersign") {
    this.#name = name;
  }

  async read(): Promise<Held> {
    const { key, sealed } = await this.#load();
    return key && sealed ? open(key, sealed) : NOTHING;
  }

  async update(move: Move): Promise<Held> {
    for (;;) {
      const { key = await this.#makeKey(), sealed } = await this.#load();
      const before = sealed ? await open(key, sealed) : NOTHING;
      const after = move(before);
      if (after === before) return after;
      const version = sealed?.version ?? 0;
      // A transaction ends while WebCrypto works, so what is sealed is put only where nobody else has been meanwhile.
      if (await this.#put(version, await seal(key, after, version + 1))) {
        this.#broadcast().postMessage("changed");
        return after;
      }
    }
  }

  subscribe(changed: () => void): () => void {
    const channel = this.#broadcast();
    channel.addEventListener("message", changed);
    return () => channel.removeEventListener("message", changed);
  }

  /** Lets go of the database and of the channel; the next use takes them up again. */
  async close(): Promise<void> {
    this.#channel?.close();
    this.#channel = undefined;
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.close();
  }

  #broadcast(): BroadcastChannel {
    return (this.#channel ??= new BroadcastChannel(`countersign:${this.#name}`));
  }

  async #load(): Promise<{ key?: CryptoKey; sealed?: Sealed }> {
    return this.#transaction("readonly", async (records) => {
      const [key, sealed] = await Promise.all([result(records.get("key")), result(records.get("held"))]);
      return { ...(key && { key: key as CryptoKey }), ...(sealed && { sealed: sealed as Sealed }) };
    });
  }

  async #makeKey(): Promise<CryptoKey> {
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return this.#transaction("readwrite", async (records) => {
      // Another tab may have been first.
      const kept = (await result(records.get("key"))) as CryptoKey | undefined;
      if (!kept) await result(records.put(made, "key"));
      return kept ?? made;
    });
  }

  async #put(version: number, sealed: Sealed): Promise<boolean> {
    return this.#transaction("readwrite", async (records) => {
      const kept = (await result(records.get("held"))) as Sealed | undefined;
      if ((kept?.version ?? 0) !== version) return false;
      await result(records.put(sealed, "held"));
      return true;
    });
  }

  async #transaction<T>(mode: IDBTransactionMode, work: (records: IDBObjectStore) => Promise<T>): Promise<T> {
    const database = await (this.#opened ??= this.#open());
    const transaction = database.transaction(RECORDS, mode);
    const complete = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
    });
    const [value] = await Promise.all([work(transaction.objectStore(RECORDS)), complete]);
    return value;
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(`countersign:${this.#name}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(RECORDS);
    const forget = (): void => {
      this.#opened = undefined;
    };
    try {
      const database = await result(request);
      database.onclose = forget;
      // Somebody wants to delete the database: whoever holds on to it would block that for ever.
      database.onversionchange = () => {
        forget();
        database.close();
      };
      return database;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function seal(key: CryptoKey, held: Held, version: number): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(held));
  return { version, iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text) };
}

async function open(key: CryptoKey, { iv, data }: Sealed): Promise<Held> {
  try {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data);
    return JSON.parse(new TextDecoder().decode(text)) as Held;
  } catch {
    // Sealed under a key that is no longer there: nobody will ever read it, and it must not stand in the way for ever.
    return NOTHING;
  }
}
