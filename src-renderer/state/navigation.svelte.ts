/** The screen that is open. It is part of the address, so reloading and Back keep it. */
export type Route =
  | { readonly screen: "start" }
  | { readonly screen: "scan"; readonly key: string }
  | { readonly screen: "overview" | "review"; readonly key: string };

/** What a screen stores in the address: filter, threshold, open cluster. */
export type Parameters = Readonly<Record<string, string>>;

interface Address {
  readonly hash: string;
  readonly route: Route;
  readonly parameters: Parameters;
}

function read(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const [first, key = "", view] = path.split("/");
  if (first === "scan" && key) return { hash, route: { screen: "scan", key }, parameters };
  if (first === "p" && key) {
    return { hash, route: { screen: view === "review" ? "review" : "overview", key }, parameters };
  }
  return { hash, route: { screen: "start" }, parameters };
}

/** The address of a route, for links. */
export function hrefOf(route: Route, parameters: Parameters = {}): string {
  const query = new URLSearchParams(parameters).toString();
  const path =
    route.screen === "start"
      ? "start"
      : route.screen === "scan"
        ? `scan/${route.key}`
        : `p/${route.key}/${route.screen}`;
  return `#/${path}${query ? `?${query}` : ""}`;
}

class Navigation {
  #now = $state.raw(read(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => {
      this.#now = read(location.hash);
    });
  }

  get route(): Route {
    return this.#now.route;
  }

  get parameters(): Parameters {
    return this.#now.parameters;
  }

  /** @param replace adds no step to the browser's history */
  go(route: Route, parameters: Parameters = {}, { replace = false } = {}): void {
    const href = hrefOf(route, parameters);
    if (href === location.hash) return;
    history[replace ? "replaceState" : "pushState"](null, "", href);
    this.#now = read(location.hash);
  }

  /**
   * Changes some parameters; `null` and empty text remove one. Adds no step to the browser's history. Does nothing after
   * Back or a link has changed the address and before `hashchange` arrives, because the person is leaving.
   */
  change(parameters: Readonly<Record<string, string | null>>): void {
    if (location.hash !== this.#now.hash) return;
    const next: Record<string, string> = { ...this.parameters };
    for (const [name, value] of Object.entries(parameters)) {
      if (value) next[name] = value;
      else delete next[name];
    }
    this.go(this.route, next, { replace: true });
  }
}

export const navigation = new Navigation();
