import { describe, expect, test } from "vitest";
import { UNREADABLE_CAUSES, unreadableReason } from "../../../src-main/contract/unreadable.ts";
import {
  advisedInApp,
  notComparedOf,
  notComparedText,
} from "../../../src-main/text/not-compared.ts";

const SPLITS = [
  { name: "train", images: 3, unreadable: UNREADABLE_CAUSES.length },
  { name: "test", images: 0, unreadable: 0 },
];
const entries = notComparedOf(
  SPLITS,
  UNREADABLE_CAUSES.map((cause) => ({
    split: "train",
    path: `${cause}.jpg`,
    reason: cause === "other" ? "EIO" : unreadableReason(cause, "a detail"),
    cause,
  })),
  {
    unused: [
      { folder: "extra", images: 4 },
      { folder: ".", images: 1 },
    ],
    splitLike: [{ folder: "inner/test", images: 2 }],
    oneSplit: false,
  },
);

describe("what the app says was not compared", () => {
  test.each(entries)("$split: $reason, without options of the command line", (entry) => {
    const text = notComparedText(advisedInApp(entry), SPLITS);
    expect(text).not.toMatch(/(^|\s)--?\w/);
    expect(text).toMatch(/\.$/);
    // Only the advice differs from what reports say.
    const fact = notComparedText({ ...entry, advice: "" }, SPLITS);
    expect(text.startsWith(fact)).toBe(true);
    expect(notComparedText(entry, SPLITS).startsWith(fact)).toBe(true);
  });

  test("tells images beside the splits from a folder in no split", () => {
    const texts = entries.map((entry) => notComparedText(advisedInApp(entry), SPLITS));
    expect(texts).toContain(
      '4 images in the folder "extra" were not compared: the folder is in no split. To compare them, start a new scan and add the folder as a split.',
    );
    expect(texts.find((text) => text.includes("directly in the root"))).toMatch(
      /move it into the folder of a split/,
    );
  });
});
