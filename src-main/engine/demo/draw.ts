import sharp from "sharp";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

/** Size of every drawn image in pixels. */
export const PICTURE_WIDTH = 320;
export const PICTURE_HEIGHT = 240;

/** The subjects of the demo's images, which are also its class labels. */
export const SUBJECTS = ["city", "flowers", "harbor", "mountains", "still-life"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Which image to draw. */
export interface PictureSpec {
  readonly subject: Subject;
  /** The scene's place: its colors, terrain and objects. */
  readonly seed: number;
  /**
   * The moment at which the place is seen, from 0. A different moment is another photo of the same place: the camera has
   * moved, which shifts near objects more than far ones, and movable objects have moved.
   */
  readonly moment?: number;
}

/** Inputs for drawing a subject: random numbers for the place and for the moment, and the camera's movement. */
interface Scene {
  readonly place: SeededRandom;
  readonly moment: SeededRandom;
  /** Shift in pixels of an object at the given depth, from 0 (far) to 1 (near). */
  readonly shift: (depth: number) => number;
}

type Color = string;

/** An HSL color; hue in degrees, saturation and lightness in percent. */
function hsl(hue: number, saturation: number, lightness: number): Color {
  return `hsl(${Math.round(((hue % 360) + 360) % 360)},${clampPercent(saturation)}%,${clampPercent(lightness)}%)`;
}

function clampPercent(value: number): number {
  return Math.round(Math.min(100, Math.max(0, value)));
}

function n(value: number): string {
  return value.toFixed(1);
}

function circle(x: number, y: number, radius: number, fill: Color, opacity = 1): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${fill}" opacity="${opacity}"/>`;
}

function ellipse(
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  fill: Color,
  extra = "",
): string {
  return `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(radiusX)}" ry="${n(radiusY)}" fill="${fill}" ${extra}/>`;
}

function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: Color,
  extra = "",
): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}" ${extra}/>`;
}

function path(d: string, fill: Color, extra = ""): string {
  return `<path d="${d}" fill="${fill}" ${extra}/>`;
}

function polygon(points: readonly (readonly [number, number])[], fill: Color, extra = ""): string {
  return `<polygon points="${points.map(([x, y]) => `${n(x)},${n(y)}`).join(" ")}" fill="${fill}" ${extra}/>`;
}

/** A vertical gradient from one color to another, as the background. */
function backdrop(top: Color, bottom: Color, height = PICTURE_HEIGHT): string {
  return (
    `<defs><linearGradient id="backdrop" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/>` +
    `<stop offset="1" stop-color="${bottom}"/></linearGradient></defs>` +
    rect(0, 0, PICTURE_WIDTH, height, "url(#backdrop)")
  );
}

/** A ball lit from the upper left. */
function ball(
  id: string,
  x: number,
  y: number,
  radius: number,
  hue: number,
  light: number,
): string {
  return (
    `<defs><radialGradient id="${id}" cx="0.35" cy="0.3" r="0.8">` +
    `<stop offset="0" stop-color="${hsl(hue + 12, 85, light + 22)}"/>` +
    `<stop offset="0.55" stop-color="${hsl(hue, 80, light)}"/>` +
    `<stop offset="1" stop-color="${hsl(hue - 12, 75, light - 22)}"/></radialGradient></defs>` +
    circle(x, y, radius, `url(#${id})`)
  );
}

/** Heights of a jagged line, one every `step` pixels from `from` to `to`, by summing ever finer waves. */
function ridge(
  random: SeededRandom,
  from: number,
  to: number,
  step: number,
  base: number,
  height: number,
  roughness: number,
): [number, number][] {
  const waves = Array.from({ length: 6 }, (_, octave) => ({
    length: 190 / 1.9 ** octave,
    phase: random.between(0, Math.PI * 2),
    size: roughness ** octave,
  }));
  const points: [number, number][] = [];
  for (let x = from; x <= to; x += step) {
    let sum = 0;
    for (const { length, phase, size } of waves)
      sum += size * (1 - 2 * Math.abs(Math.sin((x * Math.PI) / length + phase)));
    points.push([x, base - height * sum * 0.6]);
  }
  return points;
}

function clouds({ moment }: Scene, count: number, low: number, fill: Color): string {
  let out = "";
  for (let i = 0; i < count; i++) {
    const x = moment.between(0, PICTURE_WIDTH);
    const y = moment.between(12, low);
    const size = moment.between(7, 16);
    for (let puff = -3; puff <= 3; puff++)
      out += ellipse(
        x + puff * size * 0.75,
        y + moment.between(-3, 3),
        size * (1.3 - Math.abs(puff) * 0.2),
        size * (0.62 - Math.abs(puff) * 0.11),
        fill,
        'opacity="0.55"',
      );
  }
  return out;
}

function drawMountains(scene: Scene): string {
  const { place, moment, shift } = scene;
  const hue = place.between(170, 390);
  const evening = place.chance(0.4);
  const skyHue = evening ? place.between(5, 45) : place.between(190, 225);
  let out = backdrop(
    hsl(skyHue + (evening ? 215 : 10), 50, evening ? 38 : 55),
    hsl(skyHue, 75, 84),
  );
  const sunX = place.between(40, 280) + shift(0.05);
  const sunY = place.between(30, 85);
  out += circle(sunX, sunY, 34, hsl(48, 100, 90), 0.25) + circle(sunX, sunY, 16, hsl(50, 100, 92));
  out += clouds(scene, place.whole(1, 4), 90, hsl(skyHue, 40, 95));
  const layers = place.whole(3, 4);
  for (let layer = 0; layer < layers; layer++) {
    const depth = (layer + 1) / (layers + 1);
    const base = 90 + 80 * depth + place.between(-12, 12);
    const height = place.between(26, 62) * (1.15 - depth * 0.6);
    const light = 72 - 50 * depth;
    const far = ridge(place, -80, 400, 4, base, height, layer === 0 ? 0.62 : 0.5);
    const moved = far.map(([x, y]): [number, number] => [x + shift(depth), y]);
    out += polygon(
      [[-90, 250], ...moved, [410, 250]],
      hsl(hue + 25 * depth, 18 + 22 * depth, light),
    );
    if (layer < 2) {
      // Snow covers the left of each summit, down to the snow line.
      for (let i = 2; i < moved.length - 3; i++) {
        const [x, y] = moved[i] ?? [0, 0];
        if (y > base - height * 0.1) continue;
        const drop = place.between(4, 16);
        out += polygon(
          [
            [x - 2.4, y + 1],
            [x + 2.4, y],
            [x + 1, y + drop],
          ],
          "#fff",
          'opacity="0.75"',
        );
      }
    }
  }
  const meadow = place.between(188, 205);
  const grass = place.between(60, 150);
  out += path(
    `M-10,${n(meadow)} Q80,${n(meadow - place.between(0, 16))} 160,${n(meadow)} T330,${n(meadow - 6)} V250 H-10 Z`,
    hsl(grass, 38, evening ? 24 : 34),
  );
  const trees = place.whole(14, 34);
  for (let i = 0; i < trees; i++) {
    const near = i / trees;
    const x = place.between(-30, 350) + shift(0.6 + 0.5 * near);
    const y = meadow + 4 + near * 42;
    const size = (12 + 26 * near) * place.between(0.7, 1.15);
    for (let tier = 0; tier < 3; tier++)
      out += polygon(
        [
          [x, y - size * (1.25 - tier * 0.3)],
          [x - size * (0.2 + tier * 0.09), y - size * (0.6 - tier * 0.3)],
          [x + size * (0.2 + tier * 0.09), y - size * (0.6 - tier * 0.3)],
        ],
        hsl(grass + 20, 40, 13 + place.between(0, 9) + tier * 2),
      );
  }
  if (place.chance(0.6)) {
    const x = 60 + moment.between(0, 200);
    const y = meadow + 22;
    out +=
      rect(x, y - 13, 24, 13, hsl(20, 45, 36)) +
      polygon(
        [
          [x - 4, y - 12],
          [x + 12, y - 24],
          [x + 28, y - 12],
        ],
        hsl(8, 60, 28),
      );
    out += rect(x + 4, y - 9, 5, 5, hsl(48, 95, 70)) + rect(x + 14, y - 9, 5, 9, hsl(20, 40, 20));
  }
  return out;
}

function drawCity(scene: Scene): string {
  const { place, moment, shift } = scene;
  const night = place.chance(0.45);
  const hue = place.between(0, 360);
  const skyHue = night ? place.between(215, 280) : place.pick([28, 200, 210, 340]);
  let out = night
    ? backdrop(hsl(skyHue, 60, 10), hsl(skyHue + 40, 55, 38))
    : backdrop(hsl(skyHue, 60, 66), hsl(skyHue + 10, 70, 88));
  if (night) {
    for (let i = 0; i < 46; i++)
      out += circle(
        place.between(0, 320),
        place.between(0, 120),
        place.between(0.4, 1.3),
        "#fff",
        0.8,
      );
    out += circle(
      place.between(30, 290) + shift(0.05),
      place.between(26, 60),
      place.between(9, 16),
      hsl(52, 70, 88),
    );
  } else out += clouds(scene, place.whole(2, 5), 80, "#fff");
  for (let row = 0; row < 3; row++) {
    const depth = 0.25 + row * 0.33;
    let x = -70 + place.between(-20, 0);
    while (x < 380) {
      const width = place.between(22, 52);
      const height = place.between(48, 150) * (1.08 - row * 0.25);
      const left = x + shift(depth);
      const top = 218 - height;
      const tone = hue + place.between(-28, 28) + row * 30;
      const light = night ? 26 - row * 7 : 68 - row * 15 + place.between(-7, 7);
      out += rect(left, top, width, height + 30, hsl(tone, 26 + row * 8, light));
      out += rect(left + width * 0.78, top, width * 0.22, height + 30, hsl(tone, 30, light - 7));
      if (place.chance(0.3))
        out += polygon(
          [
            [left, top],
            [left + width / 2, top - 18],
            [left + width, top],
          ],
          hsl(tone + 15, 36, light - 10),
        );
      else if (place.chance(0.4))
        out += rect(left + width * 0.44, top - 20, 2.4, 20, hsl(tone, 20, light - 14));
      const gap = place.between(6.5, 10);
      for (let wy = top + 7; wy < 216; wy += gap)
        for (let wx = left + 4; wx < left + width - 6; wx += gap * 0.8) {
          const lit = moment.chance(night ? 0.45 : 0.2);
          out += rect(
            wx,
            wy,
            gap * 0.42,
            gap * 0.55,
            lit
              ? hsl(night ? 46 : 195, night ? 95 : 60, night ? 66 : 86)
              : hsl(tone + 190, 22, light - (night ? 5 : 22)),
          );
        }
      x += width + place.between(-3, 7);
    }
  }
  out += rect(0, 216, 320, 24, hsl(hue + 180, 8, night ? 13 : 36));
  for (let x = -20; x < 340; x += 26) out += rect(x + shift(1.2), 228, 13, 2, hsl(48, 60, 76));
  for (let i = 0; i < 4; i++) {
    const x = moment.between(0, 300);
    const y = moment.pick([219, 230]);
    const paint = hsl(moment.between(0, 360), 70, 48);
    out +=
      rect(x, y, 26, 7, paint, 'rx="2.5"') +
      rect(x + 5, y - 5, 14, 6, paint, 'rx="2.5"') +
      rect(x + 7, y - 4, 10, 4, hsl(200, 50, 82));
    out += circle(x + 6, y + 7, 3, "#181818") + circle(x + 20, y + 7, 3, "#181818");
  }
  return out;
}

function drawHarbor(scene: Scene): string {
  const { place, moment, shift } = scene;
  const evening = place.chance(0.4);
  const skyHue = evening ? place.between(10, 48) : place.between(188, 215);
  const seaHue = place.between(168, 228);
  const horizon = place.between(92, 138);
  let out = backdrop(
    hsl(skyHue + (evening ? 230 : 12), 58, evening ? 44 : 58),
    hsl(skyHue, 78, 86),
  );
  const sunX = place.between(30, 290) + shift(0.05);
  const sunY = horizon - place.between(10, 70);
  out += circle(sunX, sunY, 40, hsl(46, 100, 88), 0.22) + circle(sunX, sunY, 15, hsl(48, 100, 88));
  out += clouds(scene, place.whole(1, 4), horizon - 18, hsl(skyHue, 50, 95));
  const coast = ridge(place, -80, 400, 6, horizon + 8, place.between(10, 26), 0.5);
  out += polygon(
    [
      [-90, horizon + 3],
      ...coast.map(([x, y]): [number, number] => [x + shift(0.15), Math.min(y, horizon + 2)]),
      [410, horizon + 3],
    ],
    hsl(seaHue - 70, 24, evening ? 32 : 50),
  );
  out += rect(0, horizon, 320, 240 - horizon, hsl(seaHue, 52, evening ? 28 : 42));
  for (let i = 0; i < 170; i++) {
    const near = place.between(0, 1) ** 1.4;
    const y = horizon + 2 + near * (236 - horizon);
    const x = place.between(-40, 360) + shift(0.2 + 0.8 * near) + moment.between(-14, 14);
    out += ellipse(
      x,
      y,
      4 + 20 * near,
      0.5 + 1.6 * near,
      hsl(seaHue + place.between(-14, 14), 55, place.between(26, 74)),
      'opacity="0.6"',
    );
  }
  for (let i = 0; i < 16; i++)
    out += ellipse(
      sunX + moment.between(-9, 9),
      horizon + 3 + i * 6.5,
      moment.between(4, 16),
      1.3,
      hsl(48, 100, 88),
      'opacity="0.65"',
    );
  if (place.chance(0.5)) {
    const x = place.between(26, 290) + shift(0.4);
    const tall = place.between(62, 92);
    const foot = horizon + 18;
    out += ellipse(x, foot + 3, 40, 10, hsl(30, 18, 32));
    const stripe = place.between(0, 360);
    for (let band = 0; band < 6; band++)
      out += rect(
        x - 9 + band * 0.6,
        foot - ((band + 1) * tall) / 6,
        18 - band * 1.2,
        tall / 6 + 0.5,
        band % 2 ? "#f6f2ea" : hsl(stripe, 66, 44),
      );
    out +=
      rect(x - 5, foot - tall - 10, 10, 10, hsl(50, 95, 76)) +
      polygon(
        [
          [x - 8, foot - tall - 9],
          [x, foot - tall - 18],
          [x + 8, foot - tall - 9],
        ],
        hsl(stripe, 50, 28),
      );
  }
  const boats = place.whole(2, 5);
  for (let i = 0; i < boats; i++) {
    const near = 0.2 + (0.75 * (i + place.between(0, 0.7))) / boats;
    const x = place.between(20, 300) + shift(near) + moment.between(-30, 30);
    const y = horizon + 8 + near * (212 - horizon);
    const size = 8 + 34 * near;
    const hull = hsl(place.between(0, 360), 62, 38);
    const sail = hsl(place.between(0, 360), place.pick([10, 70]), 86);
    out += path(
      `M${n(x - size)},${n(y)} H${n(x + size)} L${n(x + size * 0.7)},${n(y + size * 0.34)} H${n(x - size * 0.75)} Z`,
      hull,
    );
    out += rect(x - 1, y - size * 1.9, 2, size * 1.9, hsl(28, 40, 24));
    out += polygon(
      [
        [x + 2, y - size * 1.85],
        [x + size * 0.9, y - size * 0.15],
        [x + 2, y - size * 0.15],
      ],
      sail,
    );
    out += polygon(
      [
        [x - 2, y - size * 1.55],
        [x - size * 0.7, y - size * 0.15],
        [x - 2, y - size * 0.15],
      ],
      hsl(40, 30, 94),
    );
    out += ellipse(
      x,
      y + size * 0.44,
      size * 0.9,
      size * 0.1,
      hsl(seaHue, 50, 20),
      'opacity="0.5"',
    );
  }
  for (let i = 0; i < 5; i++) {
    const x = moment.between(20, 300);
    const y = moment.between(14, horizon - 24);
    out += path(
      `M${n(x - 7)},${n(y - 3)} Q${n(x - 3)},${n(y - 5)} ${n(x)},${n(y)} Q${n(x + 3)},${n(y - 5)} ${n(x + 7)},${n(y - 3)}`,
      "none",
      'stroke="#333" stroke-width="1.2"',
    );
  }
  return out;
}

function drawFlowers(scene: Scene): string {
  const { place, moment, shift } = scene;
  const ground = place.between(70, 160);
  const dusk = place.chance(0.3);
  let out = backdrop(
    hsl(place.between(180, 300), 48, dusk ? 36 : 80),
    hsl(ground, 42, dusk ? 20 : 46),
  );
  for (let i = 0; i < 34; i++)
    out += circle(
      place.between(-20, 340) + shift(0.15),
      place.between(0, 240),
      place.between(8, 32),
      hsl(ground + place.between(-50, 50), 45, place.between(36, 78)),
      0.22,
    );
  for (let i = 0; i < 90; i++) {
    const x = place.between(-20, 340) + shift(0.5);
    const tip = place.between(-26, 26) + moment.between(-6, 6);
    const tall = place.between(40, 130);
    out += path(
      `M${n(x - 2)},242 Q${n(x + tip * 0.2)},${n(240 - tall * 0.6)} ${n(x + tip)},${n(240 - tall)} Q${n(x + tip * 0.4 + 3)},${n(240 - tall * 0.5)} ${n(x + 3)},242 Z`,
      hsl(ground + place.between(-24, 24), 48, place.between(16, 44)),
    );
  }
  const hue = place.between(-90, 58);
  const petals = place.whole(5, 13);
  const slender = place.between(0.2, 0.48);
  const flowers = place.whole(6, 15);
  for (let i = 0; i < flowers; i++) {
    const near = i / flowers;
    const x = place.between(8, 312) + shift(0.5 + 0.8 * near) + moment.between(-9, 9);
    const y = place.between(28, 200) + moment.between(-9, 9);
    const size = (12 + 22 * near) * place.between(0.75, 1.2);
    const tone = hue + place.between(-36, 36);
    const turn = place.between(0, 360) + moment.between(-25, 25);
    out += path(
      `M${n(x)},${n(y)} Q${n(x + 8)},${n(y + 60)} ${n(x + place.between(-16, 16))},244`,
      "none",
      `stroke="${hsl(ground, 50, 24)}" stroke-width="${n(1.5 + 2 * near)}"`,
    );
    for (let petal = 0; petal < petals; petal++) {
      const angle = turn + (petal * 360) / petals;
      out += ellipse(
        x,
        y - size * 0.62,
        size * slender,
        size * 0.62,
        hsl(tone + (petal % 2) * 8, 78, 52 + (petal % 3) * 7),
        `transform="rotate(${n(angle)} ${n(x)} ${n(y)})"`,
      );
      out += ellipse(
        x,
        y - size * 0.5,
        size * slender * 0.3,
        size * 0.4,
        hsl(tone, 80, 74),
        `opacity="0.5" transform="rotate(${n(angle)} ${n(x)} ${n(y)})"`,
      );
    }
    out +=
      circle(x, y, size * 0.3, hsl(44, 88, 46)) +
      circle(x - size * 0.06, y - size * 0.06, size * 0.17, hsl(34, 90, 32));
  }
  return out;
}

function drawStillLife(scene: Scene): string {
  const { place, moment, shift } = scene;
  const wall = place.between(0, 360);
  const table = place.between(130, 168);
  let out = backdrop(
    hsl(wall, 28, place.between(34, 74)),
    hsl(wall + 14, 32, place.between(50, 82)),
  );
  const stripes = place.whole(5, 16);
  const paper = place.chance(0.5);
  for (let i = -1; i <= stripes; i++) {
    const x = (i * 330) / stripes + shift(0.2);
    if (paper) out += rect(x, 0, 150 / stripes, table, hsl(wall + 20, 34, 62), 'opacity="0.5"');
    else
      for (let y = 8; y < table; y += 300 / stripes)
        out += circle(x + ((y / 3) % 17), y, 42 / stripes, hsl(wall + 160, 30, 68), 0.55);
  }
  if (place.chance(0.55)) {
    const x = place.between(20, 190) + shift(0.2);
    const width = place.between(70, 110);
    out +=
      rect(x, 14, width, 82, hsl(32, 44, 28)) +
      rect(x + 5, 19, width - 10, 72, hsl(place.between(180, 220), 60, 78));
    out += polygon(
      [[x + 5, 91], ...ridge(place, x + 5, x + width - 5, 6, 72, 12, 0.5), [x + width - 5, 91]],
      hsl(place.between(80, 150), 36, 40),
    );
    out += rect(x + width / 2 - 2, 14, 4, 82, hsl(32, 44, 28));
  }
  const cloth = place.between(0, 360);
  out += rect(0, table, 320, 240 - table, hsl(cloth, 40, place.between(30, 62)));
  const checks = place.whole(8, 16);
  for (let i = -2; i <= checks + 2; i++) {
    const x = (i * 320) / checks + shift(0.7);
    out += polygon(
      [
        [160 + (x - 160) * 0.8, table],
        [160 + (x - 160) * 0.8 + 8, table],
        [160 + (x - 160) * 1.3 + 13, 240],
        [160 + (x - 160) * 1.3, 240],
      ],
      "#fff",
      'opacity="0.22"',
    );
  }
  for (let y = table + 6; y < 240; y += (y - table + 16) * 0.45)
    out += rect(0, y, 320, (y - table) * 0.13 + 2, "#fff", 'opacity="0.22"');
  const things = place.whole(4, 7);
  for (let i = 0; i < things; i++) {
    const x =
      28 + (264 * (i + place.between(0.1, 0.9))) / things + shift(0.9) + moment.between(-20, 20);
    const foot = table + 12 + place.between(0, 52) + moment.between(-6, 10);
    const size = place.between(20, 36);
    const hue = place.between(0, 360);
    const kind = place.whole(0, 3);
    out += ellipse(x + 9, foot, size * 1.05, size * 0.24, "#000", 'opacity="0.28"');
    if (kind === 0) {
      out += ball(`fruit${i}`, x, foot - size * 0.72, size * 0.74, place.pick([4, 28, 52, 88]), 48);
      out += path(
        `M${n(x)},${n(foot - size * 1.4)} q2,-8 8,-11`,
        "none",
        'stroke="#4a3018" stroke-width="2.4"',
      );
      out += ellipse(
        x + 10,
        foot - size * 1.5,
        8,
        3.6,
        hsl(112, 50, 34),
        `transform="rotate(-24 ${n(x + 10)} ${n(foot - size * 1.5)})"`,
      );
    } else if (kind === 1) {
      out += path(
        `M${n(x - size * 0.42)},${n(foot)} v${n(-size * 1.5)} q0,${n(-size * 0.5)} ${n(size * 0.26)},${n(-size * 0.65)} v${n(-size * 0.7)} h${n(size * 0.32)} v${n(size * 0.7)} q${n(size * 0.26)},${n(size * 0.15)} ${n(size * 0.26)},${n(size * 0.65)} v${n(size * 1.5)} Z`,
        hsl(hue, 50, 34),
      );
      out +=
        rect(x - size * 0.42, foot - size * 1.1, size * 0.84, size * 0.62, hsl(44, 50, 88)) +
        rect(x - size * 0.3, foot - size * 1.5, size * 0.1, size * 1.3, "#fff", 'opacity="0.4"');
    } else if (kind === 2) {
      out += path(
        `M${n(x - size * 0.5)},${n(foot - size * 1.9)} q${n(size * 0.3)},${n(size * 0.5)} ${n(-size * 0.15)},${n(size)} q${n(-size * 0.2)},${n(size * 0.7)} ${n(size * 0.35)},${n(size * 0.9)} h${n(size * 0.6)} q${n(size * 0.55)},${n(-size * 0.2)} ${n(size * 0.35)},${n(-size * 0.9)} q${n(-size * 0.45)},${n(-size * 0.5)} ${n(-size * 0.15)},${n(-size)} Z`,
        hsl(hue, 56, 54),
      );
      out +=
        ellipse(x, foot - size * 0.7, size * 0.55, size * 0.12, hsl(hue + 180, 60, 72)) +
        ellipse(x, foot - size * 0.4, size * 0.5, size * 0.07, hsl(hue + 180, 60, 72));
      for (let stem = 0; stem < 5; stem++) {
        const lean = (stem - 2) * size * 0.4;
        out += path(
          `M${n(x)},${n(foot - size * 1.8)} q${n(lean * 0.3)},-14 ${n(lean)},-26`,
          "none",
          'stroke="#2f5a2c" stroke-width="1.6"',
        );
        out +=
          circle(
            x + lean,
            foot - size * 1.8 - 27,
            size * 0.26,
            hsl(hue + 120 + stem * 14, 74, 62),
          ) + circle(x + lean, foot - size * 1.8 - 27, size * 0.1, hsl(48, 90, 60));
      }
    } else {
      out += path(
        `M${n(x - size * 0.6)},${n(foot - size)} h${n(size * 1.2)} l${n(-size * 0.16)},${n(size)} h${n(-size * 0.88)} Z`,
        hsl(hue, 44, 82),
      );
      out += ellipse(x, foot - size, size * 0.6, size * 0.14, hsl(24, 52, 24));
      out += path(
        `M${n(x + size * 0.56)},${n(foot - size * 0.8)} q${n(size * 0.5)},0 ${n(size * 0.3)},${n(size * 0.4)} q${n(-size * 0.1)},${n(size * 0.2)} ${n(-size * 0.38)},${n(size * 0.15)}`,
        "none",
        `stroke="${hsl(hue, 44, 76)}" stroke-width="4"`,
      );
      out += rect(
        x - size * 0.54,
        foot - size * 0.62,
        size * 1.08,
        size * 0.16,
        hsl(hue + 150, 60, 50),
      );
    }
  }
  return out;
}

const DRAW: Record<Subject, (scene: Scene) => string> = {
  city: drawCity,
  flowers: drawFlowers,
  harbor: drawHarbor,
  mountains: drawMountains,
  "still-life": drawStillLife,
};

/** The image as SVG. It contains no text and therefore does not depend on the machine's fonts. */
export function drawSvg({ subject, seed, moment = 0 }: PictureSpec): string {
  const kind = SUBJECTS.indexOf(subject);
  const momentRandom = seededRandom(seed, kind, 1000 + moment);
  const direction = momentRandom.chance(0.5) ? 1 : -1;
  const step = moment === 0 ? 0 : direction * momentRandom.between(26, 44);
  const scene: Scene = {
    place: seededRandom(seed, kind),
    moment: momentRandom,
    shift: (depth) => step * depth,
  };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE_WIDTH}" height="${PICTURE_HEIGHT}">` +
    `${DRAW[subject](scene)}</svg>`
  );
}

/**
 * Draws the image.
 * @returns RGB pixels, interleaved [240, 320, 3]
 */
export async function drawPixels(spec: PictureSpec): Promise<Buffer> {
  return await sharp(Buffer.from(drawSvg(spec)))
    .flatten({ background: "#fff" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer();
}
