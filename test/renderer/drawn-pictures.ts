/** A fixed number in [0, 1). */
function chance(a: number, b: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 7, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** A landscape that neighboring ids share, in slightly different light, some of them mirrored. */
export function draw(id: number): string {
  const scene = Math.floor(id / 3);
  const hue = Math.floor(chance(scene, 1) * 360);
  const [width, height] = chance(id, 9) < 0.2 ? [360, 480] : [480, 360];
  const sun = 60 + chance(scene, 2) * 340;
  const hills = Array.from({ length: 3 }, (_, i) => {
    const y = height * (0.45 + 0.17 * i);
    const peak = y - 40 - chance(scene, 10 + i) * 90;
    const at = width * chance(scene, 20 + i);
    return `<path d="M0 ${y} Q${at} ${peak} ${width} ${y + 20} V${height} H0Z" fill="hsl(${(hue + 30 * i) % 360} ${30 + 10 * i}% ${52 - 13 * i}%)"/>`;
  }).join("");
  const light = 78 - (id % 3) * 4;
  const mirrored = id % 5 === 4 ? `transform="translate(${width} 0) scale(-1 1)"` : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><g ${mirrored}><rect width="100%" height="100%" fill="hsl(${(hue + 180) % 360} 35% ${light}%)"/><circle cx="${sun}" cy="90" r="${20 + chance(scene, 3) * 40}" fill="hsl(45 80% 80%)"/>${hills}</g></svg>`;
}
