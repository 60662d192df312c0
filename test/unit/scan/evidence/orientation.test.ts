import { describe, expect, test } from "vitest";
import {
  inverseOrientation,
  mirrorAndTurns,
  mirrors,
  ORIENTATIONS,
  orientationMaps,
  UPRIGHT,
} from "../../../../src-main/engine/scan/evidence/orientation.ts";

describe("orientationMaps", () => {
  const maps = orientationMaps(3);
  const shown = (orientation: number) =>
    [...(maps[orientation] ?? [])].map((cell) => "abcdefghi"[cell]).join("");

  test("has eight different orientations, the first upright", () => {
    expect(new Set(Array.from({ length: ORIENTATIONS }, (_, o) => shown(o))).size).toBe(8);
    expect(shown(UPRIGHT)).toBe("abcdefghi");
  });

  test("equals mirroring and turning", () => {
    const rows = (text: string) => text.match(/.../g) ?? [];
    const mirrored = (text: string) => rows(text).map((row) => [...row].reverse().join(""));
    const turned = (lines: readonly string[]) =>
      [0, 1, 2].map((x) => [2, 1, 0].map((y) => lines[y]?.[x]).join(""));
    for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
      const { mirrored: mirror, turns } = mirrorAndTurns(orientation);
      let lines: readonly string[] = mirror ? mirrored("abcdefghi") : rows("abcdefghi");
      for (let turn = 0; turn < turns; turn++) lines = turned(lines);
      expect(lines.join("")).toBe(shown(orientation));
    }
  });

  test("is undone by its inverse", () => {
    for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
      const map = maps[orientation] ?? new Uint16Array();
      const back = maps[inverseOrientation(orientation)] ?? new Uint16Array();
      expect([...back].map((cell) => "abcdefghi"[map[cell] ?? 0]).join("")).toBe(shown(UPRIGHT));
    }
  });

  test("treats mirrored orientations as flipped and rotations as not", () => {
    expect(shown(1)).toBe("cbafedihg");
    expect(shown(2)).toBe("ghidefabc");
    expect(shown(3)).toBe("ihgfedcba");
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter(mirrors)).toEqual([1, 2, 4, 7]);
    // Four quarter turns (5 or 6) restore the picture; two mirrorings do as well.
    for (const quarter of [5, 6]) {
      const map = maps[quarter] ?? new Uint16Array();
      const twice = map.map((cell) => map[cell] ?? 0);
      expect([...twice]).toEqual([...(maps[3] ?? [])]);
    }
  });
});
