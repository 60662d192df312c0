import { describe, expect, test } from "vitest";
import {
  COMMAND_GROUPS,
  COMMANDS,
  CommandId,
  type CommandScope,
  commandInfo,
  commandsIn,
} from "../../../src-main/contract/commands.ts";

const SCOPES = Object.keys(COMMANDS) as CommandScope[];
/** Parts of the page that are mounted together, outermost first, without an overlay. */
const TOGETHER: readonly (readonly CommandScope[])[] = [
  ["app", "start"],
  ["app", "scan"],
  ["app", "project", "decisions", "review"],
  ["compare"],
  ["similar"],
];

describe("commands", () => {
  test("every command has a title in a known group", () => {
    for (const scope of SCOPES) {
      for (const [id, { title, group }] of commandsIn(scope)) {
        expect(title, id).toMatch(/^\S.*\S$/);
        expect(COMMAND_GROUPS, id).toContain(group);
        expect(commandInfo(id).title).not.toBe("");
      }
    }
  });

  test.each(TOGETHER)("no key runs two commands in %s", (...scopes) => {
    const keys = scopes.flatMap((scope) => commandsIn(scope)).flatMap(([, { keys }]) => keys ?? []);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test("every part of the page is covered by the test of keys", () => {
    expect(new Set(TOGETHER.flat())).toEqual(new Set(SCOPES));
  });

  test("a command that only a key can run has a key", () => {
    const keyless = SCOPES.flatMap((scope) => commandsIn(scope)).filter(
      ([, { keyOnly, keys }]) => keyOnly && !keys?.length,
    );
    expect(keyless).toEqual([]);
  });

  test("the host can name only commands that exist", () => {
    expect(CommandId.safeParse("keep-best").success).toBe(true);
    expect(CommandId.safeParse("no-such-command").success).toBe(false);
  });
});
