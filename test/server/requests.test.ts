import { symlinkSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { staticFile } from "../../src-main/app/static-files.ts";
import { startServing } from "../../src-main/serve.ts";
import { fakeHost } from "../support/fake-engine.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { builtPage, type Server, startServer } from "../support/serving.ts";

const startEngine = () =>
  fakeHost({
    devices: () => [],
    "project.recent": () => [],
  });

let server: Server;
beforeAll(async () => {
  server = await startServer({ startEngine, roots: [freshFolder()] });
});
afterAll(() => server[Symbol.asyncDispose]());

const asPage = () => ({ cookie: server.session });

describe("the address", () => {
  test("opens the page once, for a session that scripts and other sites cannot use", async () => {
    await using fresh = await startServer({ startEngine, roots: [freshFolder()] });
    const [address = ""] = fresh.told;
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    expect(fresh.session).toMatch(/^twinlens-\d+=[\w-]{43}$/);

    const again = await fresh.get(address.slice(fresh.origin.length));
    expect(again.status).toBe(403);
    expect(again.headers["set-cookie"]).toBeUndefined();
    expect(again.body).toContain("It has just printed a new one in its terminal");
    expect(fresh.told).toHaveLength(2);

    const next = await fresh.get(fresh.told[1]?.slice(fresh.origin.length) ?? "");
    expect(next.status).toBe(303);
    expect(next.headers.location).toBe("/");
    expect(next.headers["set-cookie"]?.[0]).toMatch(
      /^twinlens-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    // Both browsers that came with their own token stay signed in.
    expect((await fresh.get("/", { cookie: fresh.session })).status).toBe(200);
  });

  test("is printed again only after the last one was used, which prevents flooding the terminal", async () => {
    await using fresh = await startServer({ startEngine, roots: [freshFolder()] });
    for (let time = 0; time < 5; time++) await fresh.get("/?token=guess");
    expect(fresh.told).toHaveLength(2);
  });

  test("is not used up by a request that only checks whether it exists", async () => {
    await using fresh = await startServer({ startEngine, roots: [freshFolder()] });
    await fresh.get("/");
    const path = fresh.told[1]?.slice(fresh.origin.length) ?? "";
    expect((await fresh.get(path, {}, "HEAD")).status).toBe(403);
    expect((await fresh.get(path)).status).toBe(303);
  });

  test("sends a browser coming from a local file to the page without a redirect, which would drop the cookie", async () => {
    await using fresh = await startServer({ startEngine, roots: [freshFolder()] });
    await fresh.get("/");
    const fromFile = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const path = fresh.told[1]?.slice(fresh.origin.length) ?? "";
    const { status, headers, body } = await fresh.get(path, fromFile);
    expect(status).toBe(200);
    expect(headers["set-cookie"]?.[0]).toMatch(/; SameSite=Strict$/);
    expect(body).toContain('http-equiv="refresh" content="0; url=/"');
  });

  test("is reachable only from this machine", async () => {
    expect(server.serving.server.address.address).toBe("127.0.0.1");
    const [other] = Object.values(networkInterfaces())
      .flat()
      .filter((place) => place?.family === "IPv4" && !place.internal);
    if (!other) return;
    const refused = new Promise((resolve) => {
      connect(server.port, other.address)
        .once("error", resolve)
        .once("connect", () => resolve(null));
    });
    expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("a request", () => {
  test("with the session gets the page, under a policy that allows nothing else", async () => {
    const { status, headers, body } = await server.get("/", asPage());
    expect({ status, body }).toEqual({ status: 200, body: "<title>the page</title>" });
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-cache",
    });
  });

  test.each(["/", "/index.html", "/assets/index-a1B2.js", "/pictures/abc123/1/160", "/rpc"])(
    "for %s without a session is refused",
    async (path) => {
      expect((await server.get(path)).status).toBe(403);
      const forged = { cookie: `${server.session.split("=")[0]}=${"A".repeat(43)}` };
      expect((await server.get(path, forged)).status).toBe(403);
    },
  );

  test.each(["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil:PORT"])(
    "to another name for this machine (%s) is refused, against DNS rebinding",
    async (name) => {
      const host = name.replace("PORT", String(server.port));
      const { status, body } = await server.get("/", { ...asPage(), host });
      expect({ status, body }).toEqual({
        status: 421,
        body: "This is not the address of Twinlens.",
      });
    },
  );

  test("to localhost by name is answered", async () => {
    const host = `localhost:${server.port}`;
    expect((await server.get("/", { ...asPage(), host })).status).toBe(200);
  });

  test.each([
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
  ])("from another page (%o) is refused", async (headers) => {
    expect((await server.get("/assets/index-a1B2.js", { ...asPage(), ...headers })).status).toBe(
      403,
    );
  });

  test("with a method that could change something is refused", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await server.get("/", asPage(), method)).status).toBe(405);
  });
});

describe("a file request", () => {
  test("for a file named by its content hash can be cached forever", async () => {
    const { status, headers, body } = await server.get("/assets/index-a1B2.js", asPage());
    expect({ status, body }).toEqual({ status: 200, body: "the script" });
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(headers["cache-control"]).toMatch(/immutable$/);
  });

  test.each([
    "/../secret.js",
    "/assets/../../secret.js",
    "/..%2fsecret.js",
    "/%2e%2e/secret.js",
    "/assets/..%5c..%5csecret.js",
    "//etc/passwd",
    "/%00index.html",
    "/index.html%00.js",
    "/%",
    "/assets",
    "/assets/",
    "/secret.txt.gz",
    "/nothing.js",
    `/${"a".repeat(5000)}.js`,
  ])("cannot reach other files: %s", async (path) => {
    const { status, body } = await server.get(path, asPage());
    expect({ status, body }).toEqual({ status: 404, body: "This page does not exist." });
  });

  test("does not follow a link out of the folder", async () => {
    const page = await builtPage();
    symlinkSync(join(page, "..", "secret.js"), join(page, "link.js"));
    expect(await staticFile(page, "/link.js")).toBeUndefined();
  });
});

describe("an image request", () => {
  test.each([
    "/pictures/",
    "/pictures/../secret.js",
    "/pictures/abc123/..%2f1/160",
    "/pictures/zz/1/160",
  ])("accepts only a key, an id and a size: %s", async (path) => {
    expect((await server.get(path, asPage())).status).toBe(404);
  });
});

describe("a connection", () => {
  test("from our own page is accepted", async () => {
    const page = await server.connect();
    expect(await page.devices()).toEqual([]);
  });

  test.each([
    ["another page", 403, () => ({ origin: "http://evil.example" })],
    ["another server on this machine", 403, () => ({ origin: "http://127.0.0.1:1" })],
    ["a page without an origin", 403, () => ({ origin: "null" })],
    ["our page under another name", 403, () => ({ origin: `http://localhost:${server.port}` })],
    ["a rebound name", 421, () => ({ host: "evil.example", origin: "http://evil.example" })],
    ["a browser without a session", 403, () => ({ cookie: "" })],
    ["a browser with another's session", 403, () => ({ cookie: server.session.slice(0, -1) })],
  ])("from %s is refused", async (_who, status, headers) => {
    await expect(server.connect(headers())).rejects.toThrow(
      `Unexpected server response: ${status}`,
    );
  });

  test("without an origin is refused", async () => {
    const answer = await server.get("/rpc", {
      ...asPage(),
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    });
    expect(answer.status).toBe(403);
  });

  test("to any other path is refused", async () => {
    await expect(server.connect({}, "/other")).rejects.toThrow("404");
  });
});

test("if the page was not built, the server says how to build it and does not start", async () => {
  const stream = new Writable();
  const starting = startServing(
    { project: undefined, roots: [], port: 0, open: false },
    {
      startEngine: () => expect.unreachable(),
      dataFolder: freshFolder(),
      stdout: stream,
      stderr: stream,
      pageFolder: freshFolder(),
    },
  );
  await expect(starting).rejects.toThrow(/^The page has not been built: .* Run: npm run build$/);
});
