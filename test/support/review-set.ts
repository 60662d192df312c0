import { join } from "node:path";
import { drawnJpeg, folderOf, picture, pictures } from "./drawn-data-set.ts";
import { run } from "./run-in-process.ts";

/**
 * A data set for every part of the review: leaks into train, clusters of two, three and six images, different labels,
 * and unreadable files.
 */
export async function reviewSet(): Promise<string> {
  const leaked = await picture(2).resize(96).jpeg().toBuffer();
  return folderOf({
    ...pictures("train/cat", 8, 10),
    ...pictures("train/dog", 6, 20),
    ...pictures("test/cat", 5, 30),
    ...pictures("val/dog", 3, 40),
    "train/cat/first.jpg": 1,
    "test/cat/first again.jpg": 1,
    "train/cat/second.jpg": 2,
    "test/cat/second, smaller.jpg": leaked,
    "train/dog/third.jpg": 3,
    "val/dog/third, mirrored.jpg": await picture(3).flop().jpeg().toBuffer(),
    ...Object.fromEntries(
      ["a", "b", "c", "d", "e", "f"].map((name) => [`train/dog/six ${name}.jpg`, 4]),
    ),
    "train/cat/mistaken.jpg": 5,
    "train/dog/mistaken.jpg": 5,
    "train/cat/gray.jpg": 6,
    "train/cat/gray too.jpg": await picture(6).modulate({ saturation: 0.3 }).jpeg().toBuffer(),
    "train/cat/gray, smaller.jpg": await picture(6).resize(100).jpeg().toBuffer(),
    "train/cat/broken.jpg": (await drawnJpeg(7)).subarray(0, 400),
    "train/cat/no picture.jpg": "not a picture at all",
  });
}

/** Scans folders with the command line. @returns the project file */
export async function scanned(root: string, ...words: string[]): Promise<string> {
  const project = join(root, "set.twinlens");
  const { code, stderr } = await run(["scan", root, "--project", project, "--quiet", ...words]);
  if (code !== 0) throw new Error(stderr);
  return project;
}
