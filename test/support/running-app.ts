import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { vi } from "vitest";
import { CHROMIUM } from "./chromium.ts";
import { freshFolder } from "./fresh-folder.ts";
import { childrenOf, type RunningTwinlens, startTwinlens } from "./run-twinlens.ts";

/** A busy machine takes its time: what a test waits for comes or does not, and this is when it gives up. */
export const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const ADDRESS = /^(http:\/\/127\.0\.0\.1:\d+\/)\?token=[\w-]+$/gm;

/** A page as a person has it open, with what it should not have said or asked for. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, and errors that nobody caught. */
  readonly complaints: string[];
  /** Requests to anywhere but the server. */
  readonly foreign: string[];
  close(): Promise<void>;
}

/** `twinlens serve` with an engine of its own, and a browser. */
export interface RunningApp extends AsyncDisposable {
  readonly running: RunningTwinlens;
  readonly browser: Browser;
  readonly origin: string;
  /** The program's and the user's data: projects, and the trash. */
  readonly dataHome: string;
  /** Processes of the engine that lives now. */
  engine(): number;
  /** Opens the page in a browser profile of its own, through an address that works once. */
  open(options?: BrowserContextOptions): Promise<Visit>;
}

/** @param words of `twinlens serve`: `--root FOLDER`, a project */
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
  if (origin === undefined) throw new Error(`The server told no address: ${told}`);
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
      // A browser that is refused makes the server tell another address.
      if (used > 0) await fetch(origin);
      await vi.waitFor(
        () => {
          if (addresses().length <= used) throw new Error("No further address was told.");
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
