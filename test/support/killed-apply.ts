import { apply, faultyMeans, type Scene, undo } from "./killable-apply.ts";

/** Applies or undoes until it reaches a given fault point, and ends there as by `kill -9`. */
const [, , act, sceneText = "", killAt] = process.argv;
const scene = JSON.parse(sceneText) as Scene;
let points = 0;
const means = faultyMeans(scene, () => {
  if (++points === Number(killAt)) process.kill(process.pid, "SIGKILL");
});
if (act === "undo") await undo(scene, means);
else await apply(scene, means);
