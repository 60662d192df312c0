/** Where the page is. It stands in the address, so that reloading and Back keep it. */
export type Place =
  | { readonly screen: "start" }
  | { readonly screen: "scan"; readonly key: string }
  | { readonly screen: "overview" | "review"; readonly key: string };

/** What a screen keeps in the address: filter, threshold, open cluster. */
export type Parameters = Readonly<Record<string, string>>;

interface Address {
  readonly hash: string;
  readonly place: Place;
  readonly parameters: Parameters;
}

function read(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const [first, key = "", view] = path.split("/");
  if (first === "scan" && key) return { hash, place: { screen: "scan", key }, parameters };
  if (first === "p" && key) {
    return { hash, place: { screen: view === "review" ? "review" : "overview", key }, parameters };
  }
  return { hash, place: { screen: "start" }, parameters };
}

/** The address of a place, for links. */
export function hrefOf(place: Place, parameters: Parameters = {}): string {
  const query = new URLSearchParams(parameters).toString();
  const path =
    place.screen === "start"
      ? "start"
      : place.screen === "scan"
        ? `scan/${place.key}`
        : `p/${place.key}/${place.screen}`;
  return `#/${path}${query ? `?${query}` : ""}`;
}

class Navigation {
  #now = $state.raw(read(location.hash));

  constructor() {
    window.addEventListener("hashchange", () => {
      this.#now = read(location.hash);
    });
  }

  get place(): Place {
    return this.#now.place;
  }

  get parameters(): Parameters {
    return this.#now.parameters;
  }

  /** @param replace keeps Back where it was */
  go(place: Place, parameters: Parameters = {}, { replace = false } = {}): void {
    const href = hrefOf(place, parameters);
    if (href === location.hash) return;
    history[replace ? "replaceState" : "pushState"](null, "", href);
    this.#now = read(location.hash);
  }

  /**
   * Changes some parameters of the place; `null` and empty text take one away. Does not add a step to Back. Does nothing when the address has
   * just been changed from outside, by Back or a link, and the event that says so has not come yet: the person is leaving.
   */
  change(parameters: Readonly<Record<string, string | null>>): void {
    if (location.hash !== this.#now.hash) return;
    const next: Record<string, string> = { ...this.parameters };
    for (const [name, value] of Object.entries(parameters)) {
      if (value) next[name] = value;
      else delete next[name];
    }
    this.go(this.place, next, { replace: true });
  }
}

export const navigation = new Navigation();
