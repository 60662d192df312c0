import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { type Outcome, type RunOptions, runTwinlens } from "../support/run-twinlens.ts";
import { withoutSeconds } from "../support/running-engine.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** Permissions do not restrict root, so the program then runs as an unprivileged user. */
const asUser: RunOptions = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Whether that user can start the program at all. It cannot read a checkout in root's home folder. */
const canDropPrivileges =
  process.platform !== "win32" &&
  spawnSync(process.execPath, ["--version"], { ...asUser, cwd: "/" }).status === 0 &&
  spawnSync(process.execPath, ["-e", `require("fs").readFileSync("bin/twinlens.js")`], asUser)
    .status === 0;

/** Lets that user enter the test's folders, up to the temporary folder. */
function openUpwards(folder: string): void {
  chmodSync(folder, 0o777);
  chmodSync(dirname(folder), 0o755);
}

describe.runIf(canDropPrivileges)("without permission", () => {
  let home: string;
  beforeAll(() => {
    home = freshFolder();
    openUpwards(home);
  });

  /** Runs the program as the unprivileged user. */
  async function runAsUser(words: string[]): Promise<Outcome> {
    return await runTwinlens(words, { ...asUser, dataHome: home });
  }

  test("an unreadable file or folder is reported, and the rest is scanned", async () => {
    const root = await folderOf({
      ...pictures("cat", 3),
      "cat/secret.jpg": 4,
      "closed/5.jpg": 5,
    });
    openUpwards(root);
    chmodSync(join(root, "cat/secret.jpg"), 0);
    chmodSync(join(root, "closed"), 0);
    const { code, stdout } = await runAsUser(["scan", root, "--json", "-"]);
    chmodSync(join(root, "closed"), 0o755);
    expect(code).toBe(0);
    const report = Report.parse(JSON.parse(String(stdout)));
    expect(report.splits).toMatchObject([{ images: 3, unreadable: 2 }]);
    expect(report.unreadable).toEqual([
      { split: "all", path: "cat/secret.jpg", reason: "permission denied", cause: "permission" },
      {
        split: "all",
        path: "closed",
        reason: "permission denied: the folder cannot be listed",
        cause: "permission",
      },
    ]);
  });

  test("an unreadable split folder stops the scan in one line", async () => {
    const root = await folderOf({ ...pictures("train", 2), ...pictures("test", 2, 10) });
    openUpwards(root);
    chmodSync(join(root, "test"), 0);
    const { code, stdout, stderr } = await runAsUser(["scan", root, "--no-progress"]);
    chmodSync(join(root, "test"), 0o755);
    expect({ code, stdout: String(stdout) }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^twinlens: The folder [^\n]*test cannot be read: permission denied\. Choose another folder\.\n$/,
    );
  });

  test("a project that cannot be written is reported in one line", async () => {
    const root = await folderOf(pictures("", 2));
    const closed = freshFolder();
    openUpwards(root);
    chmodSync(closed, 0o555);
    const words = ["scan", root, "--no-progress", "--project", join(closed, "p.twinlens")];
    const { code, stderr } = await runAsUser(words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^twinlens: Cannot write next to the project [^\n]+\n$/);
  });

  test("a report can be made from a project in a read-only folder", async () => {
    const root = await folderOf({ ...pictures("train", 3), "test/1.jpg": 1 });
    const project = join(freshFolder(), "p.twinlens");
    const scanned = await run(["scan", root, "--project", project, "--json", "-"]);
    chmodSync(project, 0o444);
    chmodSync(dirname(project), 0o555);
    const { code, stdout, stderr } = await runAsUser(["report", project, "--quiet", "--json", "-"]);
    chmodSync(dirname(project), 0o755);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(withoutSeconds(String(stdout))).toBe(withoutSeconds(scanned.stdout));
  });

  test("a report that cannot be written is reported in one line", async () => {
    const project = join(freshFolder(), "p.twinlens");
    await run(["scan", await folderOf(pictures("", 2)), "--quiet", "--project", project]);
    openUpwards(dirname(project));
    chmodSync(project, 0o666);
    const closed = freshFolder();
    chmodSync(closed, 0o555);
    const target = join(closed, "report.json");
    const { code, stderr } = await runAsUser(["report", project, "--quiet", "--json", target]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `twinlens: Cannot write ${target}: permission denied. Choose another folder.\n`,
    });
  });
});

test.runIf(process.platform === "linux")(
  "a file size limit stops a scan in one line, and without it the next scan continues",
  async () => {
    const root = await folderOf({ ...pictures("train", 60), "test/1.jpg": 1 });
    const project = join(freshFolder(), "p.twinlens");
    const words = ["scan", root, "--project", project, "--batch-size", "4"];
    const limited = ["bash", "-c", 'ulimit -f 300; exec "$@"', "bash"];
    const { code, stderr } = await runTwinlens([...words, "--no-progress"], { through: limited });
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
      /^twinlens: (Cannot write the project .*(What was|Everything) done|The engine crashed \(SIGXFSZ\)\. Progress is saved)/,
    );
    const next = await run([...words, "--json", "-"]);
    const undisturbed = await run(["scan", root, "--json", "-"]);
    expect(next.code).toBe(0);
    const [, left] = /^Reading files +\d+ \/ (\d+)/m.exec(next.stderr) ?? [];
    expect(Number(left)).toBeLessThan(61);
    expect(withoutSeconds(next.stdout)).toBe(withoutSeconds(undisturbed.stdout));
  },
);

describe("a full disk", () => {
  const disk = freshFolder();
  /** A separate file system. Only root can mount one, and not everywhere. */
  const isMounted =
    isRoot &&
    process.platform === "linux" &&
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]).status === 0;
  afterAll(() => {
    if (isMounted) spawnSync("umount", [disk]);
  });

  const fill = (bytes: number) => {
    const file = join(disk, "other");
    let left = bytes;
    // The last bytes are written as far as they fit.
    for (; left >= 4096; left -= 4096) {
      try {
        writeFileSync(file, Buffer.alloc(4096), { flag: "a" });
      } catch {
        break;
      }
    }
  };

  test.runIf(isMounted)(
    "stops a scan in one line, and with free space again the next scan continues",
    async () => {
      const root = await folderOf({ ...pictures("train", 60), "test/1.jpg": 1 });
      const project = join(disk, "p.twinlens");
      const undisturbed = (await run(["scan", root, "--json", "-"])).stdout;
      // Enough space for part of the scan.
      fill(3_600_000);
      const words = ["scan", root, "--project", project, "--batch-size", "4"];
      const { code, stdout, stderr } = await runTwinlens([...words, "--no-progress"]);
      expect({ code, stdout: String(stdout) }).toEqual({ code: 1, stdout: "" });
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
        /^twinlens: Cannot write the project [^\n]*p\.twinlens: .* Everything done before is kept\. Free some space and scan again\.$/,
      );
      expect(statSync(project).size).toBeGreaterThan(0);

      rmSync(join(disk, "other"));
      const next = await run([...words, "--json", "-"]);
      expect(next).toMatchObject({ code: 0 });
      const [, left] = /^Reading files +\d+ \/ (\d+)/m.exec(next.stderr) ?? [];
      expect(Number(left)).toBeLessThan(61);
      expect(withoutSeconds(next.stdout)).toBe(withoutSeconds(undisturbed));
    },
  );

  test.runIf(isMounted)("leaves no part of a report that does not fit", async () => {
    const root = await folderOf({ ...pictures("train", 30), "test/1.jpg": 1 });
    const project = join(freshFolder(), "p.twinlens");
    await run(["scan", root, "--quiet", "--project", project]);
    fill(8_000_000);
    const target = join(disk, "report.html");
    mkdirSync(disk, { recursive: true });
    const { code, stderr } = await run([
      ...["report", project, "--quiet", "--threshold", "cosine:-1", "--html", target],
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `twinlens: Cannot write ${target}: the disk is full. Choose another folder.\n`,
    });
    expect(() => readFileSync(target)).toThrow(/ENOENT/);
  });
});
