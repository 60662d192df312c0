import { ORPCError } from "@orpc/client";
import { describe, expect, test } from "vitest";
import { answerPicture } from "../../src-main/app/picture-requests.ts";
import { ProjectKeys } from "../../src-main/app/project-keys.ts";
import { type Answers, fakeEngine } from "../support/fake-engine.ts";

const WEBP = new Blob(["pixels"], { type: "image/webp" });

function ask(
  address: string,
  { answers = {} as Answers, knownTag = undefined as string | undefined } = {},
) {
  const client = fakeEngine({
    "project.recent": () => [{ project: "/p.twinlens", key: "abc123" }],
    "pictures.thumbnail": () => WEBP,
    "pictures.full": () => WEBP,
    ...answers,
  });
  return answerPicture({ client, keys: new ProjectKeys(client) }, { address, knownTag });
}

describe("an image request", () => {
  test("finds the image by key, id and side", async () => {
    const asked: unknown[] = [];
    const { status, headers, body } = await ask("abc123/17/320", {
      answers: {
        "pictures.thumbnail": (input) => {
          asked.push(input);
          return WEBP;
        },
      },
    });
    expect(asked).toEqual([{ project: "/p.twinlens", image: 17, side: 320 }]);
    expect({ status, type: headers["content-type"], body: String(Buffer.from(body)) }).toEqual({
      status: 200,
      type: "image/webp",
      body: "pixels",
    });
  });

  test("can be cached for long only if its URL has a version", async () => {
    expect((await ask("abc123/1/full")).headers["cache-control"]).toBe("private, no-cache");
    expect((await ask("abc123/1/full?v=2")).headers["cache-control"]).toMatch(/immutable$/);
  });

  test("does not send an image again that the browser already has", async () => {
    const { headers } = await ask("abc123/1/160");
    const again = await ask("abc123/1/160", { knownTag: headers.etag ?? "" });
    expect(again).toMatchObject({ status: 304, body: new Uint8Array() });
  });

  test("never serves a type as an image that could run in a page", async () => {
    const svg = new Blob(["<svg/>"], { type: "image/svg+xml" });
    const { headers } = await ask("abc123/1/full", { answers: { "pictures.full": () => svg } });
    expect(headers["content-type"]).toBe("application/octet-stream");
  });

  test.each([
    "",
    "abc123",
    "abc123/1",
    "abc123/1/200",
    "abc123/0/160",
    "abc123/-1/160",
    "abc123/1.5/160",
    "abc123/1e3/160",
    "abc123/01/160",
    "abc123/99999999999999999/160",
    "abc123/1/160/",
    "abc123/1/full/../../etc",
    "../abc123/1/160",
    "..%2f..%2fetc%2fpasswd/1/160",
    "/etc/passwd",
    "ABC/1/160",
    "def456/1/160",
  ])("finds nothing at %j", async (address) => {
    expect((await ask(address)).status).toBe(404);
  });

  test.each([
    [404, new ORPCError("FOLDER_UNAVAILABLE", { defined: true, message: "The file is gone." })],
    [503, new ORPCError("ENGINE_ENDED", { status: 503, message: "The engine ended." })],
    [500, new Error("A fault.")],
  ])("that fails is answered with %i and the reason", async (status, cause) => {
    const answer = await ask("abc123/1/full", {
      answers: {
        "pictures.full": () => {
          throw cause;
        },
      },
    });
    expect(answer.status).toBe(status);
    expect(Buffer.from(answer.body).toString()).toBe(cause.message);
  });
});
