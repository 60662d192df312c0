import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeWhole } from "../../../src-main/engine/files/write-file.ts";

const folder = () => mkdtempSync(join(tmpdir(), "twinlens-write-"));

test("creates missing folders and leaves nothing else behind", async () => {
  const root = folder();
  await writeWhole(join(root, "a/b/report.json"), ["{", "}"]);
  expect(readFileSync(join(root, "a/b/report.json"), "utf8")).toBe("{}");
  expect(readdirSync(join(root, "a/b"))).toEqual(["report.json"]);
});

test("writes a name that is not UTF-8 as its original bytes", async () => {
  const file = join(folder(), "list.txt");
  await writeWhole(file, ["caf\udce9\n"]);
  expect([...readFileSync(file)]).toEqual([...Buffer.from("caf"), 0xe9, 0x0a]);
});

test("keeps the existing file if the report fails halfway", async () => {
  const file = join(folder(), "report.json");
  writeFileSync(file, "old");
  function* breaking(): Generator<string> {
    yield "new";
    throw new Error("no more");
  }
  await expect(writeWhole(file, breaking())).rejects.toThrow("no more");
  expect(readFileSync(file, "utf8")).toBe("old");
});

test("writes through a symbolic link and keeps the link", async () => {
  const root = folder();
  writeFileSync(join(root, "real.json"), "old");
  symlinkSync(join(root, "real.json"), join(root, "link.json"));
  await writeWhole(join(root, "link.json"), ["new"]);
  expect(lstatSync(join(root, "link.json")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(root, "real.json"), "utf8")).toBe("new");
});

test.skipIf(process.platform === "win32")("writes into a pipe and never replaces it", async () => {
  const pipe = join(folder(), "pipe");
  execFileSync("mkfifo", [pipe]);
  const { readFile } = await import("node:fs/promises");
  const [text] = await Promise.all([readFile(pipe, "utf8"), writeWhole(pipe, ["through"])]);
  expect(text).toBe("through");
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test("reports in one line that part of the path is a file", async () => {
  const root = folder();
  writeFileSync(join(root, "file"), "");
  await expect(writeWhole(join(root, "file/report.json"), ["x"])).rejects.toThrow(
    /^Cannot write .*report\.json/,
  );
});
