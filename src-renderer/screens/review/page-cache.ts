/** Rows of a long list, by pages: those used last are kept, so that memory does not grow with scrolling. */
export class PageCache<Row> {
  readonly pageSize: number;
  readonly #limit: number;
  /** Least recently used first. */
  readonly #pages = new Map<number, readonly Row[]>();

  /** @param limit pages kept, at least 1 */
  constructor(pageSize: number, limit: number) {
    this.pageSize = pageSize;
    this.#limit = limit;
  }

  pageOf(index: number): number {
    return Math.floor(index / this.pageSize);
  }

  row(index: number): Row | undefined {
    return this.#pages.get(this.pageOf(index))?.[index % this.pageSize];
  }

  set(page: number, rows: readonly Row[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= this.#limit) break;
      this.#pages.delete(oldest);
    }
  }

  /** Replaces a row that is there. */
  replace(index: number, row: Row): void {
    const page = this.pageOf(index);
    const rows = this.#pages.get(page);
    if (rows) this.#pages.set(page, rows.with(index % this.pageSize, row));
  }

  /**
   * Pages that rows `first` to `last` (included) need and that are not there. Those that are there count as used.
   * @param total rows of the list
   */
  missing(first: number, last: number, total: number): number[] {
    const pages: number[] = [];
    const end = this.pageOf(Math.min(last, total - 1));
    for (let page = this.pageOf(Math.max(0, first)); page <= end; page++) {
      const rows = this.#pages.get(page);
      if (rows) this.set(page, rows);
      else pages.push(page);
    }
    return pages;
  }

  /** Place of the first row among the kept ones that passes, or `null`. */
  find(passes: (row: Row) => boolean): number | null {
    for (const [page, rows] of this.#pages) {
      const place = rows.findIndex(passes);
      if (place >= 0) return page * this.pageSize + place;
    }
    return null;
  }

  get pages(): readonly number[] {
    return [...this.#pages.keys()];
  }
}
