import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import type { EvidenceKind } from "../../../../src-main/contract/evidence-kind.ts";
import type { Orientation } from "../../../../src-main/contract/pictures.ts";
import {
  drawPixels,
  PICTURE_HEIGHT,
  PICTURE_WIDTH,
  SUBJECTS,
} from "../../../../src-main/engine/demo/draw.ts";
import {
  alignPair,
  comparisonOf,
  type Evidence,
  explainPair,
  explainPictures,
  type ImageFacts,
  newWorkspace,
} from "../../../../src-main/engine/scan/evidence/evidence.ts";
import { mirrorAndTurns } from "../../../../src-main/engine/scan/evidence/orientation.ts";
import { newPicture, unfold } from "../../../../src-main/engine/scan/evidence/picture.ts";
import { makeSignature } from "../../../../src-main/engine/scan/evidence/signature.ts";
import { findTilt } from "../../../../src-main/engine/scan/evidence/tilt.ts";
import { factsOf } from "../../../support/product-route.ts";

/** A drawn scene, as a JPEG in a data set. */
interface Drawn {
  readonly seed: number;
  readonly subject: (typeof SUBJECTS)[number];
  readonly jpeg: Buffer;
  readonly facts: ImageFacts;
}

async function draw(subject: Drawn["subject"], seed: number, moment = 0): Promise<Drawn> {
  const pixels = await drawPixels({ subject, seed, moment });
  const jpeg = await sharp(pixels, {
    raw: { width: PICTURE_WIDTH, height: PICTURE_HEIGHT, channels: 3 },
  })
    .jpeg({ quality: 88 })
    .toBuffer();
  return { subject, seed, jpeg, facts: await factsOf(jpeg) };
}

let pictures: Drawn[] = [];

beforeAll(async () => {
  pictures = await Promise.all(
    [11, 12, 13].flatMap((seed) => SUBJECTS.map((subject) => draw(subject, seed))),
  );
}, 60_000);

type Edit = (picture: Sharp) => Sharp;

/** The evidence for each drawn picture and its edited copy, a JPEG unless `encode` says otherwise. */
async function explainEdited(edit: Edit, encode: Edit = (s) => s.jpeg({ quality: 75 })) {
  return await Promise.all(
    pictures.map(async ({ jpeg, facts }) => {
      const edited = await edit(sharp(jpeg)).toColourspace("srgb").png().toBuffer();
      return explainPair(workspace, facts, await factsOf(await encode(sharp(edited)).toBuffer()));
    }),
  );
}

function shareOf(kind: EvidenceKind, evidence: readonly Evidence[]): number {
  return evidence.filter((one) => one.kind === kind).length / evidence.length;
}

const cut =
  (share: number, x: number, y: number): Edit =>
  (picture) => {
    const width = Math.round(PICTURE_WIDTH * share);
    const height = Math.round(PICTURE_HEIGHT * share);
    const left = Math.round((PICTURE_WIDTH - width) * x);
    const top = Math.round((PICTURE_HEIGHT - height) * y);
    return picture.extract({ left, top, width, height });
  };

/** The inner part of a picture, whose height grows by twice `keystone` from left to right. */
async function seenFrom(jpeg: Buffer, keystone: number): Promise<Buffer> {
  const { data } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const [width, height] = [Math.round(PICTURE_WIDTH * 0.86), Math.round(PICTURE_HEIGHT * 0.86)];
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, into = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const growth = 1 - 2 * keystone * (x / width - 0.5);
      const fromX = x + 0.1 * PICTURE_WIDTH;
      const fromY = PICTURE_HEIGHT / 2 + (y - height / 2) * growth;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, down] = [fromX - left, fromY - top];
      for (let channel = 0; channel < 3; channel++, into++) {
        const at = (dx: number, dy: number) =>
          data[((top + dy) * PICTURE_WIDTH + left + dx) * 3 + channel] ?? 0;
        const upper = at(0, 0) * (1 - right) + at(1, 0) * right;
        const lower = at(0, 1) * (1 - right) + at(1, 1) * right;
        pixels[into] = upper * (1 - down) + lower * down;
      }
    }
  }
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

const workspace = newWorkspace();

describe("explainPair, same file or pixels", () => {
  test("recognizes identical files by their hash alone", async () => {
    const [one, other] = pictures;
    if (!one || !other) throw new Error("nothing was drawn");
    expect(explainPair(workspace, one.facts, { ...other.facts, sha256: one.facts.sha256 })).toEqual(
      {
        kind: "same-bytes",
        score: 1,
      },
    );
  });

  test("recognizes identical pixels in another file format", async () => {
    const evidence = await explainEdited(
      (s) => s,
      (s) => s.png(),
    );
    expect(shareOf("same-pixels", evidence)).toBe(1);
  });

  test("requires equal sides and a pixel hash", async () => {
    const [one] = pictures;
    if (!one) throw new Error("nothing was drawn");
    const { facts } = one;
    expect(explainPair(workspace, facts, { ...facts, sha256: "b", width: 7 }).kind).toBe("resized");
    const unhashed = { ...facts, pixelHash: null };
    expect(explainPair(workspace, unhashed, { ...unhashed, sha256: "b" }).kind).toBe("resized");
  });
});

describe("explainPair, copies", () => {
  const whole: readonly [string, EvidenceKind, Edit, Edit?][] = [
    ["saved at JPEG quality 75", "resized", (s) => s],
    ["saved at JPEG quality 40", "resized", (s) => s, (s) => s.jpeg({ quality: 40 })],
    ["saved at JPEG quality 20", "resized", (s) => s, (s) => s.jpeg({ quality: 20 })],
    ["saved as WebP", "resized", (s) => s, (s) => s.webp({ quality: 50 })],
    ["shrunk to half", "resized", (s) => s.resize(160)],
    ["shrunk to a quarter", "resized", (s) => s.resize(80)],
    ["enlarged", "resized", (s) => s.resize(500)],
    ["squashed to a square", "resized", (s) => s.resize(100, 100, { fit: "fill" })],
    ["shrunk to a 32x32 thumbnail", "resized", (s) => s.resize(32, 32, { fit: "fill" })],
    ["mirrored left to right", "flipped", (s) => s.flop()],
    ["mirrored top to bottom", "flipped", (s) => s.flip()],
    ["mirrored along one diagonal", "flipped", (s) => s.rotate(90).flop()],
    ["mirrored along the other", "flipped", (s) => s.rotate(90).flip()],
    ["turned by 90 degrees", "rotated", (s) => s.rotate(90)],
    ["turned by 180 degrees", "rotated", (s) => s.rotate(180)],
    ["turned by 270 degrees", "rotated", (s) => s.rotate(270)],
    ["made gray", "recolored", (s) => s.grayscale()],
    ["brightened", "recolored", (s) => s.modulate({ brightness: 1.2 })],
    ["darkened", "recolored", (s) => s.modulate({ brightness: 0.75 })],
    ["given less contrast", "recolored", (s) => s.linear(0.65, 45)],
    ["given more contrast", "recolored", (s) => s.linear(1.3, -38)],
    ["drained of color", "recolored", (s) => s.modulate({ saturation: 0.4 })],
    ["shifted in hue", "recolored", (s) => s.modulate({ hue: 60 })],
  ];

  test.each(whole)("classifies every picture %s as %s", async (_, kind, edit, encode) => {
    const evidence = await explainEdited(edit, encode);
    expect(evidence.map((one) => one.kind)).toEqual(evidence.map(() => kind));
    for (const { score } of evidence) expect(score).toBeGreaterThan(0.6);
  });

  const crops: readonly [number, number][] = [
    [0.5, 0.6],
    [0.6, 0.75],
    [0.7, 0.8],
    [0.8, 0.8],
    [0.9, 0.9],
    [0.95, 0.9],
  ];

  test.each(crops)("finds crops of %f of each side at any position", async (share, found) => {
    const places = [
      [0, 0],
      [1, 0],
      [0.5, 0.5],
      [0.3, 1],
    ] as const;
    const evidence = await Promise.all(places.map(([x, y]) => explainEdited(cut(share, x, y))));
    expect(shareOf("cropped", evidence.flat())).toBeGreaterThanOrEqual(found);
  });

  test("finds the crop in either order of the two images", async () => {
    const crop = cut(0.75, 0.4, 0.6);
    const evidence = await Promise.all(
      pictures.map(async ({ jpeg, facts }) =>
        explainPair(workspace, await factsOf(await crop(sharp(jpeg)).toBuffer()), facts),
      ),
    );
    expect(shareOf("cropped", evidence)).toBeGreaterThanOrEqual(0.8);
  });

  test("finds squashed and mirrored crops", async () => {
    const squashed = await explainEdited((s) =>
      cut(0.8, 0.5, 0.5)(s).resize(100, 100, { fit: "fill" }),
    );
    expect(shareOf("cropped", squashed)).toBeGreaterThanOrEqual(0.8);
    const mirrored = await explainEdited((s) => cut(0.8, 0.2, 0.7)(s).flop());
    expect(shareOf("cropped", mirrored)).toBeGreaterThanOrEqual(0.8);
  });

  test.each([
    ["darker", (s: Sharp) => s.linear(0.6, 0)],
    ["paler", (s: Sharp) => s.linear(0.7, 60)],
    ["tinted", (s: Sharp) => s.linear([1.15, 0.9, 0.75], [0, 0, 20])],
    ["gray", (s: Sharp) => s.grayscale()],
  ])("finds slightly cropped pictures that were also %s", async (_, recolor) => {
    const crop = await explainEdited((s) => recolor(cut(0.92, 0.3, 0.6)(s)));
    expect(shareOf("cropped", crop)).toBeGreaterThanOrEqual(0.8);
    const mirrored = await explainEdited((s) => recolor(cut(0.92, 0.3, 0.6)(s).flop()));
    expect(shareOf("cropped", mirrored)).toBeGreaterThanOrEqual(0.8);
  });

  test("finds shifted pictures", async () => {
    const evidence = await Promise.all(
      pictures.map(async ({ jpeg, facts }) => {
        const kept = await sharp(jpeg)
          .extract({ left: 30, top: 0, width: 290, height: 228 })
          .toBuffer();
        const shifted = await sharp(kept)
          .extend({ right: 30, top: 12, background: "#000" })
          .toBuffer();
        return explainPair(workspace, facts, await factsOf(shifted));
      }),
    );
    expect(shareOf("cropped", evidence)).toBeGreaterThanOrEqual(0.7);
  });

  test("does not search for crops unless asked to", async () => {
    const [one] = pictures;
    if (!one) throw new Error("nothing was drawn");
    const crop = await factsOf(await cut(0.7, 0.5, 0.5)(sharp(one.jpeg)).toBuffer());
    expect(explainPair(workspace, one.facts, crop).kind).toBe("cropped");
    const comparison = comparisonOf(one.facts, crop, { crops: false, tilts: false });
    expect(explainPictures(workspace, one.facts.signature, crop.signature, comparison).kind).toBe(
      "similar",
    );
  });
});

/** Rotates clockwise by some degrees and crops the empty corners. */
async function straightened(jpeg: Buffer, degrees: number): Promise<Buffer> {
  const side = 0.76;
  const [width, height] = [PICTURE_WIDTH, PICTURE_HEIGHT].map((of) => Math.round(of * side));
  const turned = await sharp(jpeg).rotate(degrees).png().toBuffer({ resolveWithObject: true });
  const left = Math.round((turned.info.width - (width ?? 0)) / 2);
  const top = Math.round((turned.info.height - (height ?? 0)) / 2);
  const part = sharp(turned.data).extract({ left, top, width: width ?? 0, height: height ?? 0 });
  return await part.jpeg({ quality: 85 }).toBuffer();
}

describe("explainPair, rotated by any angle", () => {
  /** The drawn pictures and their rotated copies, with the tilt found. */
  const turned = (degrees: number, edit: Edit = (picture) => picture) =>
    Promise.all(
      pictures.map(async ({ jpeg, facts }) => {
        const edited = await edit(sharp(await straightened(jpeg, degrees))).toBuffer();
        const copy = await factsOf(edited);
        const [first, second] = [newPicture(), newPicture()];
        unfold(facts.signature, first);
        unfold(copy.signature, second);
        return { facts, copy, tilt: findTilt(workspace.tilt, first, second) };
      }),
    );

  test.each([-11, -5, 3, 7])("aligns a copy rotated by %i degrees", async (degrees) => {
    const found = (await turned(degrees)).flatMap(({ tilt }) => tilt ?? []);
    const near = found.filter((tilt) => Math.abs(tilt.degrees - degrees) < 1.5 && !tilt.mirrored);
    expect(near.length).toBeGreaterThanOrEqual(0.9 * pictures.length);
    expect(near.filter(({ score }) => score > 0.75).length).toBeGreaterThanOrEqual(
      0.8 * pictures.length,
    );
  });

  test("detects mirroring as well", async () => {
    const found = (await turned(6, (picture) => picture.flop())).flatMap(({ tilt }) => tilt ?? []);
    const mirrored = found.filter(({ score, mirrored }) => score > 0.75 && mirrored);
    expect(mirrored.length).toBeGreaterThanOrEqual(0.8 * pictures.length);
  });

  test("finds it after a change of colors", async () => {
    const found = await turned(6, (picture) => picture.linear(0.7, 30).grayscale());
    const near = found.filter(({ tilt }) => tilt && tilt.score > 0.7);
    expect(near.length).toBeGreaterThanOrEqual(0.8 * pictures.length);
  });

  test("reports rotated or flipped when certain, and similar when not asked to search for tilts", async () => {
    const kinds = async (edit?: Edit, tilts = true) =>
      (await turned(7, edit)).map(({ facts, copy }) =>
        explainPair(workspace, facts, copy, { crops: true, tilts }),
      );
    const [rotated, flipped] = [await kinds(), await kinds((picture) => picture.flop())];
    expect(shareOf("rotated", rotated)).toBeGreaterThanOrEqual(0.3);
    expect(shareOf("rotated", rotated) + shareOf("similar", rotated)).toBe(1);
    expect(shareOf("flipped", flipped)).toBeGreaterThanOrEqual(0.3);
    expect(shareOf("similar", await kinds(undefined, false))).toBe(1);
  });

  test("finds no match between different pictures", () => {
    const [first, second] = [newPicture(), newPicture()];
    for (const one of pictures)
      for (const other of pictures) {
        if (one === other) continue;
        unfold(one.facts.signature, first);
        unfold(other.facts.signature, second);
        expect(findTilt(workspace.tilt, first, second)?.score ?? 0).toBeLessThan(0.6);
      }
  });
});

describe("explainPair, look-alikes", () => {
  test("classifies another photo of the same scene as similar and scores it below every copy", async () => {
    const evidence = await Promise.all(
      pictures.flatMap(({ subject, seed, facts }) =>
        [1, 2].map(async (moment) =>
          explainPair(workspace, facts, (await draw(subject, seed, moment)).facts),
        ),
      ),
    );
    expect(shareOf("similar", evidence)).toBe(1);
    for (const { score } of evidence) expect(score).toBeLessThan(0.6);
  }, 60_000);

  test("distinguishes the same scene shot from one step aside from a crop", async () => {
    // The right side is nearer and grows, the left side shrinks.
    const kinds = async (keystone: number) =>
      await Promise.all(
        pictures.map(async ({ jpeg, facts }) =>
          explainPair(workspace, facts, await factsOf(await seenFrom(jpeg, keystone))),
        ),
      );
    expect(shareOf("cropped", await kinds(0))).toBeGreaterThanOrEqual(0.9);
    expect(shareOf("similar", await kinds(0.06))).toBeGreaterThanOrEqual(0.9);
  });

  test("classifies different pictures of one subject as similar", () => {
    for (const one of pictures)
      for (const other of pictures)
        if (one !== other && one.subject === other.subject) {
          const evidence = explainPair(workspace, one.facts, other.facts);
          expect(evidence.kind).toBe("similar");
          expect(evidence.score).toBeLessThan(0.6);
        }
  });

  test("scores two plain skies near 0 because gradual light is no agreement", async () => {
    const sky = async (bottom: string) =>
      factsOf(
        await sharp(
          Buffer.from(
            `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#3b74c4"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs><rect width="320" height="240" fill="url(#g)"/></svg>`,
          ),
        )
          .jpeg()
          .toBuffer(),
      );
    const { kind, score } = explainPair(workspace, await sky("#cfe4f7"), await sky("#c4dcf4"));
    expect(kind).toBe("similar");
    expect(score).toBeLessThan(0.2);
  });

  test("handles pictures without texture of any size", () => {
    const dot = (value: number, hash: string): ImageFacts => ({
      sha256: hash,
      pixelHash: null,
      width: 1,
      height: 1,
      signature: makeSignature(Uint8Array.from([value, value, value]), 1, 1),
    });
    expect(explainPair(workspace, dot(10, "a"), dot(200, "b"))).toEqual({
      kind: "similar",
      score: 0,
    });
    expect(explainPair(workspace, dot(10, "a"), dot(10, "b"))).toEqual({
      kind: "similar",
      score: 0,
    });
  });

  test("does not depend on the order of the images", async () => {
    const edits: Edit[] = [
      (picture) => picture.rotate(90),
      (picture) => cut(0.6, 0.1, 0.9)(picture).linear(0.8, 20),
      (picture) => cut(0.8, 1, 0)(picture).flop(),
    ];
    const copies = await Promise.all(
      pictures.flatMap(({ jpeg, facts }) =>
        edits.map(async (edit) => ({
          facts,
          copy: await factsOf(await edit(sharp(jpeg)).jpeg().toBuffer()),
        })),
      ),
    );
    for (const { jpeg, facts } of pictures)
      copies.push({ facts, copy: await factsOf(await straightened(jpeg, 5)) });
    for (const { facts, copy } of copies) {
      expect(explainPair(workspace, copy, facts)).toEqual(explainPair(workspace, facts, copy));
      for (const other of pictures)
        expect(explainPair(workspace, copy, other.facts)).toEqual(
          explainPair(workspace, other.facts, copy),
        );
    }
  });

  test("does not depend on previous comparisons", () => {
    const all = () =>
      pictures.map((one, i) =>
        explainPair(workspace, one.facts, pictures.at(i - 1)?.facts ?? one.facts),
      );
    const before = all();
    expect(all().reverse()).toEqual(before.reverse());
  });
});

describe("alignPair", () => {
  async function alignEdited(edit: Edit) {
    return await Promise.all(
      pictures.map(async ({ jpeg, facts }) => {
        const edited = await factsOf(await edit(sharp(jpeg)).jpeg({ quality: 75 }).toBuffer());
        return {
          there: alignPair(workspace, facts, edited),
          back: alignPair(workspace, edited, facts),
        };
      }),
    );
  }

  test.each<[string, Edit, Orientation]>([
    ["left unchanged", (s) => s, { mirrored: false, turns: 0 }],
    ["mirrored", (s) => s.flop(), { mirrored: true, turns: 0 }],
    ["mirrored top to bottom", (s) => s.flip(), { mirrored: true, turns: 2 }],
    ["turned right", (s) => s.rotate(90), { mirrored: false, turns: 3 }],
    ["turned left", (s) => s.rotate(270), { mirrored: false, turns: 1 }],
    ["upside down", (s) => s.rotate(180), { mirrored: false, turns: 2 }],
  ])("reverses pictures that were %s", async (_, edit, expected) => {
    for (const { there } of await alignEdited(edit)) {
      expect(mirrorAndTurns(there.orientation)).toEqual(expected);
      expect(there.frame).toEqual({ x: 0, y: 0, width: 1, height: 1 });
    }
  });

  test("returns a crop's frame in the whole, and the whole's frame around a crop", async () => {
    const [x, y, side] = [0.15, 0.06, 0.7];
    const left = Math.round(PICTURE_WIDTH * x);
    const top = Math.round(PICTURE_HEIGHT * y);
    const crop: Edit = (s) =>
      s.extract({ left, top, width: PICTURE_WIDTH * side, height: PICTURE_HEIGHT * side });
    const found = (await alignEdited(crop)).filter(({ there }) => there.frame !== null);
    expect(found.length).toBeGreaterThan(pictures.length / 2);
    for (const { there, back } of found) {
      expect(there.orientation).toBe(0);
      const near = (frame: typeof there.frame, values: number[]) =>
        [frame?.x, frame?.y, frame?.width, frame?.height].forEach((value, i) => {
          expect(Math.abs((value ?? 99) - (values[i] ?? 0))).toBeLessThan(0.05);
        });
      near(there.frame, [x, y, side, side]);
      near(back.frame, [-x / side, -y / side, 1 / side, 1 / side]);
    }
  });

  test("leaves look-alikes upright and without a frame", () => {
    const [one, other] = pictures;
    if (!one || !other) throw new Error("nothing was drawn");
    expect(alignPair(workspace, one.facts, other.facts)).toEqual({ orientation: 0, frame: null });
  });
});
