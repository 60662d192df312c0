/** What a virtualizer knows of its scroller. Reading the same from the page would force a layout. */
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

/** A list that scrolls by its own height in less time moves too fast for its images to be seen. */
const HEIGHT_IN_MS = 150;
/** Time without fast scrolling after which images load again. */
const REST_MS = 80;

/** Detects fast scrolling. Images are not requested meanwhile, so that those in view afterwards load at once. */
export class Skimming {
  now = $state(false);

  /** An attachment for the scrolling element. */
  readonly watch = (scroller: HTMLElement) => {
    let last = { time: performance.now(), top: scroller.scrollTop };
    let rest: ReturnType<typeof setTimeout> | undefined;
    const scrolled = () => {
      const [time, top] = [performance.now(), scroller.scrollTop];
      const perMs = Math.abs(top - last.top) / Math.max(1, time - last.time);
      last = { time, top };
      if (perMs * HEIGHT_IN_MS < scroller.clientHeight) return;
      this.now = true;
      clearTimeout(rest);
      rest = setTimeout(() => {
        this.now = false;
      }, REST_MS);
    };
    scroller.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      clearTimeout(rest);
      this.now = false;
      scroller.removeEventListener("scroll", scrolled);
    };
  };
}
