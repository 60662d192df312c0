/** What a virtualizer knows of its scroller without asking the page, which would have to lay itself out to answer. */
interface Scroller {
  readonly scrollOffset: number | null;
  readonly scrollRect: { readonly height: number } | null;
  scrollToIndex(index: number, options: { align: "auto" }): void;
}

/** Scrolls a row into view; most are in view already, and that costs nothing. @param start, end of the row, in CSS pixels */
export function reveal(scroller: Scroller, index: number, start: number, end: number): void {
  const { scrollOffset, scrollRect } = scroller;
  const inView =
    scrollOffset !== null &&
    scrollRect !== null &&
    start >= scrollOffset &&
    end <= scrollOffset + scrollRect.height;
  if (!inView) scroller.scrollToIndex(index, { align: "auto" });
}
