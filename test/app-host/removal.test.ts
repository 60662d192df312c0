import { describe, expect, test } from "vitest";
import { removeMarked } from "../../src-main/app-host/removal.ts";
import { ImageId } from "../../src-main/contract/ids.ts";
import { type Answers, fakeEngine } from "./fake-engine.ts";

const item = (image: number) => ({
  image,
  split: "train",
  path: `${image}.jpg`,
  label: null,
  bytes: 1,
  anchor: image < 3 ? 1 : null,
});

/** Removes images 1, 2, 3 of a fake project; 1 and 2 are one cluster of two. Everything that happens is written down in order. */
async function remove({
  emptied = [] as { anchor: number; size: number }[],
  mayEmpty = [] as number[],
  refused = {} as Record<number, string>,
  trashFails = {} as Record<string, string>,
  answers = {} as Answers,
  signal = undefined as AbortSignal | undefined,
  onResult = () => {},
} = {}) {
  const happened: string[] = [];
  const client = fakeEngine({
    "removal.preview": () => ({ items: [1, 2, 3].map(item), bytes: 3, emptied, balance: {} }),
    "removal.check": ({ image, mayLeaveNothing }) => {
      happened.push(`check ${image}${mayLeaveNothing ? ", may leave nothing" : ""}`);
      return { image, path: `/train/${image}.jpg`, reason: refused[image] ?? null };
    },
    "removal.record": ({ image, removed }) => {
      happened.push(`record ${image} ${removed}`);
      return {};
    },
    ...answers,
  });
  const trash = async (file: string) => {
    happened.push(`trash ${file}`);
    const failure = trashFails[file];
    if (failure !== undefined) throw new Error(failure);
  };
  const results = removeMarked({
    client,
    trash,
    cut: { project: "p" },
    mayEmpty: mayEmpty.map((anchor) => ImageId.parse(anchor)),
    signal,
  });
  const told: [number, boolean, string | null][] = [];
  for (;;) {
    const { done, value } = await results.next();
    if (done) return { told, happened, counts: value };
    told.push([value.image, value.removed, value.reason]);
    onResult();
  }
}

describe("removing what is marked", () => {
  test("checks, moves and records file by file, in this order", async () => {
    const { told, happened, counts } = await remove();
    expect(happened).toEqual(
      [1, 2, 3].flatMap((id) => [`check ${id}`, `trash /train/${id}.jpg`, `record ${id} true`]),
    );
    expect(told).toEqual([1, 2, 3].map((id) => [id, true, null]));
    expect(counts).toEqual({ removed: 3, kept: 0 });
  });

  test("holds back the images of a cluster that would keep nothing", async () => {
    const { told, happened, counts } = await remove({ emptied: [{ anchor: 1, size: 2 }] });
    expect(told).toEqual([
      [1, false, expect.stringMatching(/^Nothing of its cluster would be left/)],
      [2, false, expect.stringMatching(/^Nothing of its cluster would be left/)],
      [3, true, null],
    ]);
    expect(happened.join()).not.toMatch(/ (1|2|\/train\/[12])/);
    expect(counts).toEqual({ removed: 1, kept: 2 });
  });

  test("removes them when it was told that the cluster may be emptied", async () => {
    const { counts, happened } = await remove({
      emptied: [{ anchor: 1, size: 2 }],
      mayEmpty: [1],
    });
    expect(happened.filter((step) => step.startsWith("check"))).toEqual([
      "check 1, may leave nothing",
      "check 2, may leave nothing",
      "check 3",
    ]);
    expect(counts).toEqual({ removed: 3, kept: 0 });
  });

  test("touches no file that the engine says must stay", async () => {
    const { told, happened } = await remove({ refused: { 2: "Changed since the scan." } });
    expect(told[1]).toEqual([2, false, "Changed since the scan."]);
    expect(happened).not.toContain("trash /train/2.jpg");
  });

  test("records nothing of a file that the trash refused, and goes on", async () => {
    const { told, happened, counts } = await remove({
      trashFails: { "/train/1.jpg": "No trash." },
    });
    expect(told[0]).toEqual([1, false, "No trash."]);
    expect(happened).not.toContain("record 1 true");
    expect(counts).toEqual({ removed: 2, kept: 1 });
  });

  test("says of a file that has gone but could not be recorded where it is", async () => {
    const { told } = await remove({
      answers: {
        "removal.record": () => {
          throw new Error("Disk full.");
        },
      },
    });
    expect(told[0]).toEqual([
      1,
      true,
      expect.stringMatching(/^It is in the trash, .*Disk full\.$/),
    ]);
  });

  test("stops before the next file when nobody listens any more", async () => {
    const leave = new AbortController();
    const happened: string[] = [];
    const removing = remove({
      signal: leave.signal,
      onResult: () => leave.abort(),
      answers: {
        "removal.record": ({ image }) => {
          happened.push(`record ${image}`);
          return {};
        },
      },
    });
    await expect(removing).rejects.toThrow();
    expect(happened).toEqual(["record 1"]);
  });
});
