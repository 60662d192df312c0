import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanedCoco } from "../../../src-main/engine/removal/clean-copy/manifests/coco.ts";
import { cleanedCsv } from "../../../src-main/engine/removal/clean-copy/manifests/csv.ts";
import { cleanedJsonLines } from "../../../src-main/engine/removal/clean-copy/manifests/json-lines.ts";
import { NamedFiles } from "../../../src-main/engine/removal/clean-copy/manifests/named-files.ts";

/** `out...` is left out, `in...` is kept, nothing else is a file. */
const leavesOut = (name: string) =>
  name.startsWith("out") ? true : name.startsWith("in") ? false : null;

describe("COCO", () => {
  test("keeps every character of the remaining entries", () => {
    const text = `\ufeff{
  "info": {"year": 2017.0, "note": "a \\"quoted\\" ] bracket"},
  "images": [
    {"id": 9007199254740993, "file_name": "out.jpg"},
    {"id": 9007199254740992, "file_name": "in.jpg", "width": 1e2},
    {"id": 3, "file_name": "out\\u002ejpg"}
  ],
  "annotations": [ {"image_id": 9007199254740992, "bbox": [1.50, 2]},
    {"image_id": 9007199254740993, "segmentation": [[1, 2, {"image_id": 4}]]} ],
  "categories": []
}
`;
    expect(cleanedCoco(text, leavesOut)).toEqual({
      text: `\ufeff{
  "info": {"year": 2017.0, "note": "a \\"quoted\\" ] bracket"},
  "images": [
    {"id": 9007199254740992, "file_name": "in.jpg", "width": 1e2}
  ],
  "annotations": [ {"image_id": 9007199254740992, "bbox": [1.50, 2]} ],
  "categories": []
}
`,
      rows: 2,
      annotations: 1,
    });
  });

  test.each([
    ["a list", '[{"file_name": "out.jpg"}]'],
    ["images that are not a list", '{"images": {"file_name": "out.jpg"}}'],
    ["images without names", '{"images": [{"id": 1}, 2, null]}'],
    ["broken", '{"images": [{"file_name": "out.jpg"}]'],
    ["empty", ""],
  ])("is not recognized: %s", (_, text) => {
    expect(cleanedCoco(text, leavesOut)).toBeNull();
  });

  test("stays valid and complete for the remaining images", () => {
    const row = fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      file_name: fc.oneof(fc.constantFrom("out.jpg", "in.jpg"), fc.string()),
      more: fc.jsonValue(),
    });
    const annotation = fc.record({ image_id: fc.integer({ min: 0, max: 5 }), x: fc.jsonValue() });
    const coco = fc.record({
      before: fc.jsonValue(),
      annotations: fc.array(annotation),
      images: fc.array(row, { minLength: 1 }),
    });
    fc.assert(
      fc.property(coco, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const cleaned = cleanedCoco(JSON.stringify(value, null, indent), leavesOut);
        const plain = JSON.parse(JSON.stringify(value)) as typeof value;
        const images = plain.images.filter(({ file_name }) => leavesOut(file_name) !== true);
        const kept = new Set(images.map(({ id }) => id));
        const gone = new Set(plain.images.map(({ id }) => id).filter((id) => !kept.has(id)));
        const annotations = plain.annotations.filter(({ image_id }) => !gone.has(image_id));
        expect(JSON.parse(cleaned?.text ?? "")).toEqual({ ...plain, images, annotations });
        expect(Object.keys(JSON.parse(cleaned?.text ?? ""))).toEqual(Object.keys(plain));
        expect(cleaned?.rows).toBe(plain.images.length - images.length);
        expect(cleaned?.annotations).toBe(plain.annotations.length - annotations.length);
        if (cleaned?.rows === 0) expect(cleaned.text).toBe(JSON.stringify(value, null, indent));
      }),
    );
  });
});

describe("CSV", () => {
  test("keeps header, quotes and line endings", () => {
    const text =
      '\ufeff"File_Name",label\r\n"in, ""1"".jpg","a\r\nb"\r\n"out\n.jpg",b\r\n\r\nout 2.jpg,c\r\nin.jpg,"d"';
    expect(cleanedCsv(text, leavesOut)).toEqual({
      text: '\ufeff"File_Name",label\r\n"in, ""1"".jpg","a\r\nb"\r\n\r\nin.jpg,"d"',
      rows: 2,
      annotations: 0,
    });
  });

  test("uses the first column that contains file names", () => {
    const text = "path,image\n7,out.jpg\n8,in.jpg\n";
    expect(cleanedCsv(text, leavesOut)?.text).toBe("path,image\n8,in.jpg\n");
  });

  test.each([
    ["no such column", "file,label\nout.jpg,a\n"],
    ["paths outside the data set", "path,label\n/var,a\n"],
    ["a quote that is never closed", 'path\nout.jpg\n"in.jpg\n'],
    ["empty", ""],
  ])("is not recognized: %s", (_, text) => {
    expect(cleanedCsv(text, leavesOut)).toBeNull();
  });
});

describe("JSON lines", () => {
  test("keep every character of the remaining rows", () => {
    const text =
      '\ufeff{"file_name": "out.jpg", "text": "a"}\r\n{ "text": "b\\n", "id": 9007199254740993, "file_name": "in.jpg" }\r\n\r\n{"file_name":"out\\u002ejpg"}';
    expect(cleanedJsonLines(text, leavesOut)).toEqual({
      text: '\ufeff{ "text": "b\\n", "id": 9007199254740993, "file_name": "in.jpg" }\r\n\r\n',
      rows: 2,
      annotations: 0,
    });
  });

  test("lose a row of several images if any of them is left out", () => {
    const rows = [
      { before_file_name: "in 1.jpg", after_file_name: "out.jpg" },
      { file_names: ["in 1.jpg", "in 2.jpg"] },
      { file_names: ["in 1.jpg", "out.jpg"] },
      { profile_name: "out.jpg", file_name: "in.jpg" },
    ].map((row) => `${JSON.stringify(row)}\n`);
    const cleaned = cleanedJsonLines(rows.join(""), leavesOut);
    expect(cleaned).toMatchObject({ text: `${rows[1]}${rows[3]}`, rows: 2 });
  });

  test("lose exactly those rows, whatever their content", () => {
    const row = fc.record({
      file_name: fc.oneof(fc.constantFrom("out.jpg", "in.jpg"), fc.string()),
      more: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const line = (value: unknown) => `${JSON.stringify(value)}\n`;
        const cleaned = cleanedJsonLines(rows.map(line).join(""), leavesOut);
        const stays = rows.filter(({ file_name }) => leavesOut(file_name) !== true);
        if (rows.every(({ file_name }) => leavesOut(file_name) === null)) {
          expect(cleaned).toBeNull();
        } else expect(cleaned?.text).toBe(stays.map(line).join(""));
      }),
    );
  });

  test.each([
    ["a row that is not an object", '{"file_name": "out.jpg"}\n["out.jpg"]\n'],
    ["paths outside the data set", '{"file_name": "/var"}\n'],
    ["broken", '{"file_name": "out.jpg"}\n{"file_name": "in.jpg"\n'],
    ["empty", ""],
  ])("are not recognized: %s", (_, text) => {
    expect(cleanedJsonLines(text, leavesOut)).toBeNull();
  });
});

describe("names in a manifest", () => {
  const files = new NamedFiles(new Set(["/d/train/a/1.jpg", "/d/train/b/2.jpg"]));
  for (const path of ["train/a/1.jpg", "train/a/2.jpg", "train/b/2.jpg", "test/1.jpg", "train/x/9"])
    files.add(`/d/${path}`);
  const inRoot = files.namesIn("/d/train/list.csv", "/d/train");
  const inFolder = files.namesIn("/d/train/a/list.csv", "/d/train/");

  test.each<[string, boolean | null, boolean | null]>([
    ["a/1.jpg", true, true],
    ["./a/../a/1.jpg", true, true],
    ["a/2.jpg", false, false],
    // Of two files with this name, one is kept. From within a folder, that folder's file is meant.
    ["2.jpg", false, false],
    ["1.jpg", true, true],
    ["../b/2.jpg", true, true],
    ["/d/train/b/2.jpg", true, true],
    ["/d/test/1.jpg", false, false],
    ["3.jpg", null, null],
    [".jpg", null, null],
    ["", null, null],
    ["..", null, null],
  ])("%j", (name, fromRoot, fromFolder) => {
    expect([inRoot(name), inFolder(name)]).toEqual([fromRoot, fromFolder]);
  });
});
