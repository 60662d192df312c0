import { spawn } from "node:child_process";

/** The command of each system that opens an address in the person's browser. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  linux: ["xdg-open"],
};

/** Opens an address in the system's browser. @param onFailure told when there is no way to. */
export function openBrowser(address: string, onFailure: (reason: string) => void): void {
  const [command, ...words] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...words, address], { stdio: "ignore", detached: true });
  child.once("error", ({ message }) => onFailure(message));
  child.unref();
}
