import { existsSync } from "node:fs";
import { buildPage } from "../../scripts/build.js";
import { CHROMIUM } from "./chromium.ts";

/** Builds the page once, before all tests that open it. */
export default function setup(): void {
  if (existsSync(CHROMIUM)) buildPage();
}
