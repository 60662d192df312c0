/** What a virtualizer knows of its scroller without asking the page, which would have to lay itself out to answer. */
interface Scroller {
  readonly scrollElement: HTMLElement | null;
  readonly scrollOffset: number | null;
  readonly scrollRect: { readonly height: number } | null;
}

/** Scrolls a row into view, no further than needed. @param start, end of the row, in CSS pixels */
export function reveal(scroller: Scroller, start: number, end: number): void {
  const { scrollElement, scrollOffset, scrollRect } = scroller;
  if (!scrollElement || scrollOffset === null || scrollRect === null) return;
  if (start < scrollOffset) scrollElement.scrollTop = start;
  else if (end > scrollOffset + scrollRect.height)
    scrollElement.scrollTop = end - scrollRect.height;
}
