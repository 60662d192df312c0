/** A list that moves by its own height in less than this flies by too fast for pictures to be seen. */
const HEIGHT_IN_MS = 150;
/** After so long without moving, or moving slowly, it is looked at. */
const REST_MS = 80;

/** Tells whether a list flies by: pictures are then not asked for, so that those where it stops come at once. */
export class Skimming {
  now = $state(false);

  /** An attachment for what scrolls. */
  readonly watch = (scroller: HTMLElement) => {
    let last = { at: performance.now(), top: scroller.scrollTop };
    let rest: ReturnType<typeof setTimeout> | undefined;
    const scrolled = () => {
      const [at, top] = [performance.now(), scroller.scrollTop];
      const perMs = Math.abs(top - last.top) / Math.max(1, at - last.at);
      last = { at, top };
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
