// The browser's own database, as far as the page needs it: two tables of plain objects.

const NAME = "tessera-annotate";
const VERSION = 1;

/** Tables `drafts` (by key) and `outbox` (by number); of memory alone where nothing can be kept. */
export async function openTables(factory = globalThis.indexedDB) {
  try {
    const db = await promised(upgraded(factory.open(NAME, VERSION)));
    return { drafts: new Table(db, "drafts"), outbox: new Table(db, "outbox"), lasting: true };
  } catch {
    return { drafts: new Memory("key"), outbox: new Memory("seq"), lasting: false };
  }
}

function upgraded(request) {
  request.onupgradeneeded = () => {
    request.result.createObjectStore("drafts", { keyPath: "key" });
    request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
  };
  return request;
}

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older database open"));
  });
}

class Table {
  #db;
  #name;

  constructor(db, name) {
    this.#db = db;
    this.#name = name;
  }

  all() {
    return promised(this.#db.transaction(this.#name).objectStore(this.#name).getAll());
  }

  /** Resolves to the new object's key, once it is on the disk. */
  add(value) {
    return this.#write((table) => table.add(value));
  }

  put(value) {
    return this.#write((table) => table.put(value));
  }

  remove(key) {
    return this.#write((table) => table.delete(key));
  }

  #write(change) {
    const work = this.#db.transaction(this.#name, "readwrite", { durability: "strict" });
    const request = change(work.objectStore(this.#name));
    // Said at once, so that what a page writes in its last moment is kept too.
    work.commit();
    return new Promise((resolve, reject) => {
      work.oncomplete = () => resolve(request.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  }
}

/** The same in memory: for tests, and for browsers that keep nothing. */
export class Memory {
  #keyPath;
  #rows = new Map();
  #last = 0;

  constructor(keyPath) {
    this.#keyPath = keyPath;
  }

  async all() {
    return [...this.#rows.values()];
  }

  async add(value) {
    this.#last += 1;
    this.#rows.set(this.#last, { ...value, [this.#keyPath]: this.#last });
    return this.#last;
  }

  async put(value) {
    this.#rows.set(value[this.#keyPath], value);
  }

  async remove(key) {
    this.#rows.delete(key);
  }
}
