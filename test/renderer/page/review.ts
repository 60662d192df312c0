import { mount } from "svelte";
import "./page.css";
import { SampleProject, sampleClient } from "../sample-client.ts";
import ReviewPage from "./ReviewPage.svelte";

/** The review alone, over a sample project. What it draws stands in the query: `?clusters=20000&largest=5000`. */
const query = new URLSearchParams(location.search);
const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
const theme = query.get("theme");
if (theme) document.documentElement.dataset.theme = theme;

const sample = new SampleProject({
  clusters: number("clusters", 200),
  largest: number("largest", 24),
  labels: number("labels", 12),
  responses: number("responses", 1),
  delay: number("delay", 0),
  refuse: query.has("refuse"),
});
const target = document.getElementById("app");
if (target)
  mount(ReviewPage, { target, props: { client: sampleClient(sample), info: sample.info } });
