/** Which keys belong to the focused element, and which are left for commands. */

const TEXT_INPUTS = new Set(["text", "search", "number", "email", "url", "password", "tel"]);
const PRESSED_BY_KEY = "button, a[href], summary, input[type=checkbox], input[type=radio]";
const CHOSEN_BY_KEY = "[role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=tab]";

/** Whether the person types into the element. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}

/** Whether a key presses, moves or chooses something in the focused control itself. */
export function belongsToElement(event: KeyboardEvent): boolean {
  const { key, target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Enter" || key === " ") {
    // With a modifier, the keys press no control.
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    return (
      target.closest(`${PRESSED_BY_KEY}, ${CHOSEN_BY_KEY}`) !== null && !hasClickedFocus(event)
    );
  }
  return (
    /^(Arrow|Home|End|Page)/.test(key) &&
    target.closest("input, [role=slider], [role=menu], [role=listbox], [role=tablist]") !== null
  );
}

/** Whether a control has the focus only because it was clicked, and shows no menu. */
export function hasClickedFocus({ target }: KeyboardEvent): boolean {
  const control = target instanceof Element ? target.closest(PRESSED_BY_KEY) : null;
  return (
    control !== null && clicked.has(control) && control.getAttribute("aria-expanded") !== "true"
  );
}

/** Controls that were clicked and that the Tab key has not reached since. */
const clicked = new WeakSet<Element>();
let lastInput: "pointer" | "tab" | "other" = "other";

function noteClicked(target: EventTarget | null): void {
  const control = target instanceof Element ? target.closest(PRESSED_BY_KEY) : null;
  if (control) clicked.add(control);
}

/**
 * Notes how controls get the focus. `:focus-visible` cannot say it: browsers turn it on at the next key after a click.
 * @returns stops noting
 */
export function watchFocus(): () => void {
  const stop = new AbortController();
  const options = { capture: true, signal: stop.signal };
  const pressed = ({ target }: Event) => {
    lastInput = "pointer";
    noteClicked(target);
  };
  addEventListener("pointerdown", pressed, options);
  addEventListener(
    "keydown",
    ({ key }) => {
      lastInput = key === "Tab" ? "tab" : "other";
    },
    options,
  );
  addEventListener(
    "focusin",
    ({ target }) => {
      if (!(target instanceof Element)) return;
      if (lastInput === "pointer") noteClicked(target);
      else if (lastInput === "tab") clicked.delete(target);
    },
    options,
  );
  return () => stop.abort();
}
