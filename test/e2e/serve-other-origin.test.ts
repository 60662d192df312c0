import { writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { fakeHost } from "../support/fake-engine.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { type Server, startServer } from "../support/serving.ts";

/** Attempts of a foreign page to reach the server, run in that page. Each yields "refused" or what it got. */
const TRIES = `(async () => {
  const read = (mode) =>
    fetch("ORIGIN/", { mode, credentials: "include" }).then(({ type }) => type, () => "refused");
  const outcome = (element) =>
    new Promise((resolve) => {
      element.addEventListener("load", () => resolve("loaded"));
      element.addEventListener("error", () => resolve("refused"));
      document.body.append(element);
    });
  const script = Object.assign(document.createElement("script"), { src: "ORIGIN/assets/index-a1B2.js" });
  const frame = Object.assign(document.createElement("iframe"), { src: "ORIGIN/" });
  const loaded = await outcome(script);
  await outcome(frame);
  // A refused frame shows the browser's error page, which this page cannot access.
  const framed = frame.contentDocument === null ? "refused" : "framed";
  return [await read("cors"), await read("no-cors"), loaded, framed];
})()`;

describe.skipIf(NO_CHROMIUM)(`a browser that has Twinlens open, ${IN_CHROMIUM}`, () => {
  let browser: Browser;
  let context: BrowserContext;
  let server: Server;
  /** Another server on this machine. Its pages count as same-site for cookies. */
  let other: HttpServer;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    context = await browser.newContext();
    server = await startServer({
      startEngine: () => fakeHost({ "project.recent": () => [] }),
      roots: [freshFolder()],
    });
    other = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>other</title>");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    // The helper has used the first address. A refused request makes the server print the next one.
    await server.get("/");
    const page = await context.newPage();
    await page.goto(server.told.at(-1) ?? "");
    expect(page.url()).toBe(`${server.origin}/`);
    expect(await connects(page)).toBe("open");
  });
  afterAll(async () => {
    await browser?.close();
    other?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Opens a page of the other server under one of this machine's names. */
  async function otherPage(name: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`http://${name}:${(other.address() as AddressInfo).port}/`);
    return page;
  }

  /** Result of opening a WebSocket from a page to the server. */
  const connects = (page: Page) =>
    page.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address);
          socket.addEventListener("open", () => resolve("open"));
          socket.addEventListener("error", () => resolve("refused"));
        }),
      `ws://127.0.0.1:${server.port}/rpc`,
    );

  test.each(["127.0.0.1", "localhost"])(
    "a page of another server (%s) cannot connect to it, read it, or frame it",
    async (name) => {
      const page = await otherPage(name);
      expect(await connects(page)).toBe("refused");
      const got = await page.evaluate(TRIES.replaceAll("ORIGIN", server.origin));
      expect(got).toEqual(["refused", "refused", "refused", "refused"]);
    },
  );

  test("a file that redirects to the address opens the page", async () => {
    await server.get("/");
    const file = join(freshFolder(), "open.html");
    const refresh = `<meta http-equiv="refresh" content="0; url=${server.told.at(-1)}">`;
    writeFileSync(file, refresh);
    const page = await (await browser.newContext()).newPage();
    await page.goto(pathToFileURL(file).href);
    await page.waitForURL(`${server.origin}/`);
    await page.waitForFunction("document.title === 'the page'");
    expect(await connects(page)).toBe("open");
  });
});
