import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { ProgressDisplay, progressLine } from "../../src-main/cli/progress.ts";
import { durationText, printable } from "../../src-main/cli/terminal-text.ts";

const progress = (stage: "walk" | "embed", done: number, total: number | null, unreadable = 0) =>
  ({ type: "progress", stage, done, total, unreadable }) as const;

test("a line shows progress, speed and the time left", () => {
  expect(progressLine(progress("embed", 1500, 6000), 10, false)).toBe(
    "Reading files      1,500 / 6,000  150/s  0:30 left",
  );
  expect(progressLine(progress("embed", 6000, 6000, 2), 40, false)).toBe(
    "Reading files      6,000 / 6,000  150/s  2 unreadable",
  );
  expect(progressLine(progress("walk", 12, null), 1, true)).toBe("Finding files      12");
});

test("a bar fills with progress, and is full if there is nothing to do", () => {
  const filled = (done: number, total: number) =>
    [...progressLine(progress("embed", done, total), 0, true)].filter((cell) => cell === "█")
      .length;
  expect([filled(0, 10), filled(5, 10), filled(10, 10), filled(0, 0)]).toEqual([0, 12, 24, 24]);
});

test("a duration is hours, minutes and seconds", () => {
  expect([7, 59.6, 750, 3723].map(durationText)).toEqual(["0:07", "1:00", "12:30", "1:02:03"]);
});

test("on a terminal, the line is redrawn in place, never wider than the terminal, and removed at the end", () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 30 });
  const display = new ProgressDisplay(terminal);
  display.show(progress("embed", 1, 100));
  display.clear();
  const [empty, line = "", end] = String(terminal.read()).split("\r\u001b[2K");
  expect([empty, end]).toEqual(["", ""]);
  expect(line).toMatch(/^Reading files/);
  expect(line.length).toBeLessThan(30);
});

test("without a terminal, the last count of each stage is printed", () => {
  const file = new PassThrough();
  const display = new ProgressDisplay(file);
  display.show(progress("walk", 7, null));
  display.show(progress("walk", 12, null));
  display.show(progress("embed", 1, 12));
  display.show(progress("embed", 12, 12));
  display.clear();
  expect(String(file.read())).toBe(
    "Finding files      7\nFinding files      12\nReading files      1 / 12\nReading files      12 / 12\n",
  );
});

test("a name cannot move the cursor, start a line or color the terminal", () => {
  expect(printable("\u001b[2Ja\u001b[31mb\nc\u0007d\u007f\u009be")).toBe(
    String.raw`ab\nc\u0007d\u007f\u009be`,
  );
});
