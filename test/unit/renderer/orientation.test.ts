import { expect, test } from "vitest";
import {
  orientationText,
  transformOf,
  UPRIGHT,
} from "../../../src-renderer/screens/review/compare/orientation.ts";

test("says how a picture was laid, in words and for the browser", () => {
  expect(orientationText(UPRIGHT)).toBeNull();
  expect(orientationText({ mirrored: true, turns: 0 })).toBe("shown mirrored");
  expect(orientationText({ mirrored: true, turns: 2 })).toBe("shown mirrored top to bottom");
  expect(orientationText({ mirrored: false, turns: 1 })).toBe("shown turned right");
  expect(transformOf({ mirrored: true, turns: 1 })).toBe("rotate(90deg) scaleX(-1)");
});
