import { copyOnto, pointedDisk } from "./killable-copy.ts";

/** Makes a clean copy until it reaches a given fault point, and ends there as by `kill -9`. */
const [, , project = "", folder = "", killAt] = process.argv;
let points = 0;
const disk = pointedDisk(() => {
  if (++points === Number(killAt)) process.kill(process.pid, "SIGKILL");
});
await copyOnto(disk, { project, folder });
