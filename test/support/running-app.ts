import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { vi } from "vitest";
import { CHROMIUM } from "./chromium.ts";
import { freshFolder } from "./fresh-folder.ts";
import { childrenOf, type RunningTwinlens, startTwinlens } from "./run-twinlens.ts";

/** Timeout of one wait, generous because the machine may be busy. */
export const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const ADDRESS = /^(http:\/\/127\.0\.0\.1:\d+\/)\?token=[\w-]+$/gm;

/** An open page, and what it should not have logged or requested. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, and uncaught errors. */
  readonly complaints: string[];
  /** Requests to anything but the server. */
  readonly foreign: string[];
  close(): Promise<void>;
}

/** A running `twinlens serve` and a browser. */
export interface RunningApp extends AsyncDisposable {
  readonly running: RunningTwinlens;
  readonly browser: Browser;
  readonly origin: string;
  /** Folder for projects and the trash. */
  readonly dataHome: string;
  /** Process id of the current engine. */
  engine(): number;
  /** Opens the page in a new browser profile, through a single-use address. */
  open(options?: BrowserContextOptions): Promise<Visit>;
}

/** @param words arguments of `twinlens serve`: `--root FOLDER`, a project */
export async function startApp(
  words: readonly string[],
  dataHome = freshFolder(),
): Promise<RunningApp> {
  const running = startTwinlens(["serve", ...words], { dataHome });
  let told = "";
  running.process.stdout?.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  await running.told(/Press Ctrl-C to stop\.$/m);
  const addresses = () => [...told.matchAll(ADDRESS)];
  const origin = addresses()[0]?.[1];
  if (origin === undefined) throw new Error(`The server printed no address: ${told}`);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  let used = 0;
  return {
    running,
    browser,
    origin,
    dataHome,
    engine() {
      const [engine] = childrenOf(running.pid);
      if (engine === undefined) throw new Error("No engine runs.");
      return engine;
    },
    async open(options = {}) {
      // A refused request makes the server print another address.
      if (used > 0) await fetch(origin);
      await vi.waitFor(
        () => {
          if (addresses().length <= used) throw new Error("The server printed no further address.");
        },
        { timeout: LIMIT_MS },
      );
      const address = addresses()[used]?.[0] ?? "";
      used = addresses().length;
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        ...options,
      });
      context.setDefaultTimeout(LIMIT_MS);
      const page = await context.newPage();
      const complaints: string[] = [];
      const foreign: string[] = [];
      page.on("console", (message) => {
        if (/error|warning/.test(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) foreign.push(url);
      });
      await page.goto(address);
      return { page, complaints, foreign, close: () => context.close() };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      running.process.kill("SIGINT");
      await running.outcome;
    },
  };
}
