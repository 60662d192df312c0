import { mount } from "svelte";
import App from "../../src-renderer/App.svelte";
import "../../src-renderer/app.css";
import type { AppLink } from "../../src-renderer/lib/client.ts";
import { Session } from "../../src-renderer/lib/session.svelte.ts";
import { CASES, sampleHost } from "./sample-host.ts";

/**
 * The page with a sample in place of its host. `?case=` chooses what it answers; `clusters`, `largest`, `labels`, `responses` and
 * `delay` (ms) make another project for the review, as in `?clusters=20000&largest=5000`.
 */
const query = new URLSearchParams(location.search);
const wanted = CASES[query.get("case") ?? "plain"];
const drawn = Object.fromEntries(
  ["clusters", "largest", "labels", "responses", "delay"].flatMap((name) =>
    query.has(name) ? [[name, Number(query.get(name))]] : [],
  ),
);
const target = document.getElementById("app");
if (!wanted || !target) throw new Error(`Expected a case of ${Object.keys(CASES).join(", ")}.`);

type Answers = { [name: string]: Answers | ((input: unknown) => Promise<unknown>) };
const host = sampleHost(wanted, drawn) as unknown as Answers;

const link: AppLink = {
  async call(path, input) {
    let answers: Answers[string] | undefined = host;
    for (const name of path) {
      answers = typeof answers === "object" ? answers[name] : undefined;
    }
    if (typeof answers !== "function") throw new Error(`The sample has no ${path.join(".")}.`);
    return answers(input);
  },
};

mount(App, {
  target,
  props: { session: new Session(async () => ({ link, closed: new Promise(() => {}) })) },
});
