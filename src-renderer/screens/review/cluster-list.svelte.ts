import type {
  ClusterRow,
  ClusterSort,
  Cut,
  ParsedClusterFilter,
} from "../../../src-main/contract/cut.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import { messageOf, type Workspace } from "../../state/workspace.svelte.ts";
import { PageCache } from "./page-cache.ts";

const PAGE_ROWS = 100;
const PAGES_KEPT = 24;
const PAGES_AT_ONCE = 2;

export interface ListQuery {
  readonly cut: Cut;
  readonly filter: ParsedClusterFilter;
  readonly sort: ClusterSort;
}

/** A fetched list that is not shown yet. */
export interface FreshList {
  readonly query: ListQuery;
  readonly pages: PageCache<ClusterRow>;
  readonly total: number;
  /** Index of the cluster with the image to locate. */
  readonly located: number | null;
}

/** The filtered and sorted clusters, fetched page by page as they scroll into view. */
export class ClusterList {
  /** `null` until the first page arrives. */
  total = $state<number | null>(null);
  problem = $state.raw<string | null>(null);
  /** Goes up whenever another list is shown. */
  generation = $state(0);
  /** Decisions made since the list was fetched may have changed which clusters pass the filter. */
  stale = false;

  #pages = new PageCache<ClusterRow>(PAGE_ROWS, PAGES_KEPT);
  #version = $state(0);
  #query: ListQuery | null = null;
  readonly #fetching = new Map<number, Promise<void>>();
  /** Rows in view. */
  #view = { first: 0, last: 20 };
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  row(index: number): ClusterRow | undefined {
    this.#version;
    return this.#pages.row(index);
  }

  /** Fetches the visible rows that are missing. */
  show(first: number, last: number): void {
    this.#view = { first, last };
    for (const page of this.#pages.missing(first, last, this.total ?? 0)) {
      // Fast scrolling would otherwise queue pages that are out of view before they arrive.
      if (this.#fetching.size >= PAGES_AT_ONCE && !this.#fetching.has(page)) return;
      void this.#fetch(page);
    }
  }

  /** A row, fetched if it is missing. */
  async fetchRow(index: number): Promise<ClusterRow | undefined> {
    if (!this.#pages.row(index)) await this.#fetch(this.#pages.pageOf(index));
    return this.#pages.row(index);
  }

  /** Fetches all cached pages again and shows the old rows meanwhile. */
  refetchView(): void {
    for (const page of this.#pages.pages) void this.#fetch(page);
  }

  /** Updates the number of marks in a row. */
  remark(anchor: ImageId, marked: ClusterRow["marked"]): void {
    const index = this.#pages.find((row) => row.anchor === anchor);
    const row = index === null ? undefined : this.#pages.row(index);
    if (index === null || !row) return;
    this.#pages.replace(index, { ...row, marked });
    this.#version++;
  }

  /** Fetches the rows of a new list that are in view, and those around the image to locate. */
  async prepare(query: ListQuery, locate: ImageId | null): Promise<FreshList> {
    const pages = new PageCache<ClusterRow>(PAGE_ROWS, PAGES_KEPT);
    const shown = pages.pageOf(this.#view.first);
    const ask = (page: number) =>
      this.#workspace.client.review.clusters({
        ...query.cut,
        filter: query.filter,
        sort: query.sort,
        offset: page * PAGE_ROWS,
        limit: PAGE_ROWS,
        ...(locate === null ? {} : { locate }),
      });
    const { rows, total, located } = await ask(shown);
    pages.set(shown, rows);
    // The located row keeps its position on the screen, so its neighbors will be visible too.
    const first = located === null ? Math.min(this.#view.first, total - 1) : located;
    const near = [located ?? first, (located ?? first) + 20, (located ?? first) - 20]
      .filter((index) => index >= 0 && index < total)
      .map((index) => pages.pageOf(index));
    const more = [...new Set(near)].filter((page) => page !== shown);
    for (const [page, answer] of await Promise.all(
      more.map(async (page) => [page, await ask(page)] as const),
    )) {
      pages.set(page, answer.rows);
    }
    return { query, pages, total, located };
  }

  /** Shows another list. */
  replace({ query, pages, total }: FreshList): void {
    this.#query = query;
    this.#pages = pages;
    this.#fetching.clear();
    this.total = total;
    this.problem = null;
    this.stale = false;
    this.generation++;
    this.#version++;
  }

  #fetch(page: number): Promise<void> {
    const known = this.#fetching.get(page);
    if (known) return known;
    const query = this.#query;
    if (!query) return Promise.resolve();
    const generation = this.generation;
    const fetching = this.#workspace.client.review
      .clusters({
        ...query.cut,
        filter: query.filter,
        sort: query.sort,
        offset: page * PAGE_ROWS,
        limit: PAGE_ROWS,
      })
      .then(
        ({ rows }) => {
          if (generation !== this.generation) return;
          this.#pages.set(page, rows);
          this.#version++;
          this.#fetching.delete(page);
          this.show(this.#view.first, this.#view.last);
        },
        (error) => {
          if (generation === this.generation) this.problem = messageOf(error);
        },
      )
      .finally(() => {
        if (this.#fetching.get(page) === fetching) this.#fetching.delete(page);
      });
    this.#fetching.set(page, fetching);
    return fetching;
  }
}
