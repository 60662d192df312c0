import { LRUCache } from "lru-cache";

/** Rows of a long list by pages. Only the pages used last are kept, so memory does not grow with scrolling. */
export class PageCache<Row> {
  readonly pageSize: number;
  readonly #pages: LRUCache<number, readonly Row[]>;

  /** @param max number of pages kept, at least 1 */
  constructor(pageSize: number, max: number) {
    this.pageSize = pageSize;
    this.#pages = new LRUCache({ max });
  }

  pageOf(index: number): number {
    return Math.floor(index / this.pageSize);
  }

  row(index: number): Row | undefined {
    return this.#pages.get(this.pageOf(index))?.[index % this.pageSize];
  }

  set(page: number, rows: readonly Row[]): void {
    this.#pages.set(page, rows);
  }

  /** Replaces a row, if its page is cached. */
  replace(index: number, row: Row): void {
    const page = this.pageOf(index);
    const rows = this.#pages.get(page);
    if (rows) this.#pages.set(page, rows.with(index % this.pageSize, row));
  }

  /**
   * Pages that hold rows `first` to `last` (inclusive) and are not cached. Cached ones count as used.
   * @param total number of rows in the list
   */
  missing(first: number, last: number, total: number): number[] {
    const pages: number[] = [];
    const end = this.pageOf(Math.min(last, total - 1));
    for (let page = this.pageOf(Math.max(0, first)); page <= end; page++) {
      if (!this.#pages.get(page)) pages.push(page);
    }
    return pages;
  }

  /** Index of a cached row that passes, or `null`. */
  find(passes: (row: Row) => boolean): number | null {
    for (const [page, rows] of this.#pages) {
      const offset = rows.findIndex(passes);
      if (offset >= 0) return page * this.pageSize + offset;
    }
    return null;
  }

  get pages(): readonly number[] {
    return [...this.#pages.keys()];
  }
}
