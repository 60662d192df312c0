import { execFileSync } from "node:child_process";

export const PYTHON_TIMEOUT_MS = 60_000;

/** A Python interpreter with these modules. */
export function pythonWith(...modules: string[]): string | undefined {
  return ["/usr/bin/python3", "python3"].find((python) => {
    try {
      const code = modules.map((name) => `import ${name}`).join("\n");
      execFileSync(python, ["-c", code], { stdio: "ignore", timeout: PYTHON_TIMEOUT_MS });
      return true;
    } catch {
      return false;
    }
  });
}
